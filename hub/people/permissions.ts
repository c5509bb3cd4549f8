/** What a person may do in the console; each route names one. */
export const permissions = [
  'records.read',
  'records.export',
  'ledger.read',
  'ledger.verify',
  'reports.read',
  'reports.make',
  'acts.read',
  'limits.read',
  'limits.propose',
  'limits.check',
  'commands.stop',
  'commands.issue',
  'devices.read',
  'devices.manage',
  'retention.read',
  'retention.propose',
  'retention.approve',
  'people.manage',
] as const;

export type Permission = (typeof permissions)[number];

export const roles = ['administrator', 'compliance-officer', 'risk-officer', 'trader', 'auditor'] as const;

export type Role = (typeof roles)[number];

/** The one table of who may do what. */
export const grants: Readonly<Record<Role, readonly Permission[]>> = {
  administrator: permissions,
  'compliance-officer': [
    'records.read',
    'records.export',
    'ledger.read',
    'ledger.verify',
    'reports.read',
    'reports.make',
    'acts.read',
    'limits.read',
    'limits.check',
    'commands.stop',
    'commands.issue',
    'devices.read',
    'devices.manage',
    'retention.read',
    'retention.propose',
    'retention.approve',
  ],
  'risk-officer': [
    'records.read',
    'records.export',
    'ledger.read',
    'reports.read',
    'limits.read',
    'limits.propose',
    'limits.check',
    'commands.stop',
    'commands.issue',
    'devices.read',
    'retention.read',
  ],
  trader: ['records.read', 'limits.read', 'commands.stop'],
  auditor: [
    'records.read',
    'records.export',
    'ledger.read',
    'ledger.verify',
    'reports.read',
    'acts.read',
    'limits.read',
    'devices.read',
    'retention.read',
  ],
};

/** What each role is for, in the words that an administrator chooses by. */
export const roleTexts: Readonly<Record<Role, string>> = {
  administrator: 'Everything, and invites and disables people',
  'compliance-officer':
    'All records, the ledger, acts; makes reports; checks limits; lets edges in and out; holds and disposals',
  'risk-officer': 'Records, exports, the ledger and reports to read; proposes limits, and checks those of others',
  trader: 'Orders, positions, refusals, fills and limits to read; stops trading',
  auditor: 'Everything to read, exports, verifies the ledger',
};

export function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}

/** Whether a role holds a permission; a role that the table does not know holds none. */
export function mayDo(role: string, permission: Permission): boolean {
  return isRole(role) && grants[role].includes(permission);
}
