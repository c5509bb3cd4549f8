import type { Child } from 'hono/jsx';
import type { VenueCapabilities, VenueExemption, VenueRow } from '../../store/pages/venues.ts';
import { countText, plainWord } from './figure-text.ts';
import { EnvironmentMark, LeafLink, Mark, StateMark, Time } from './marks.tsx';
import { TIME_WORDS } from './order-words.ts';
import { TableRows } from './table-rows.tsx';

const LEFT_OUT_WORDS: ReadonlyMap<string, string> = new Map([
  ['canAmend', 'Changes in place'],
  ['oco', 'Pairs of which one ends the other'],
]);
const MS_PER_SECOND = 1_000;
const SUITE = 'the suite that all connectors run, which passes over what the venue cannot do';

/** What one edge last said of a connector: its capabilities, exemptions with reasons, and fill rules. */
export function VenuePanel({ row }: { readonly row: VenueRow }) {
  return (
    <section class="panel is-stacked venue">
      <h2>{`On ${row.edge}`}</h2>
      <Facts row={row} />
      <h3>What the venue does by itself</h3>
      <Capabilities capabilities={row.capabilities} />
      <p class="note">
        Of what it lacks the edge does itself what is safe, and says so on the order. The rest it refuses.
      </p>
      <LeftOut reasons={row.capabilities.leftOut ?? []} />
      <h3>Exemptions</h3>
      <Exemptions exemptions={row.exemptions} />
      <h3>How orders are filled</h3>
      <ul>
        {row.fillRules.map((rule) => (
          <li>{rule}</li>
        ))}
      </ul>
    </section>
  );
}

function Facts({ row }: { readonly row: VenueRow }) {
  const { environment, account, venues, at, leaf, run } = row;
  return (
    <dl class="facts-inline">
      <Fact term="Environment">
        <EnvironmentMark environment={environment} />
      </Fact>
      <Fact term={venues.length === 1 ? 'Venue' : 'Venues'}>{venues.join(', ')}</Fact>
      <Fact term="Account">{account ?? 'none is needed'}</Fact>
      <Fact term="Said at">
        <Time at={at} /> <LeafLink leaf={leaf} />
      </Fact>
      <Fact term="Last run">
        {run === null ? (
          'none yet'
        ) : (
          <>
            {run.id} <StateMark state={run.state} /> <LeafLink leaf={run.leaf} />
          </>
        )}
      </Fact>
    </dl>
  );
}

function Fact({ term, children }: { readonly term: string; readonly children: Child }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Capabilities({ capabilities }: { readonly capabilities: VenueCapabilities }) {
  const { orderTypes, timesInForce, auctions, groups, notFoundIsFinalAfterMs } = capabilities;
  const abilities = [
    ['Changes an order in place', capabilities.canAmend],
    ['Post-only', capabilities.canPostOnly],
    ['Reduce-only', capabilities.canReduceOnly],
    ['Shows a part (iceberg)', capabilities.canShowPart],
  ] as const;
  const never = 'An order that it does not find may still arrive, and stays unknown.';
  return (
    <dl class="facts">
      <Fact term="Order types">{listed(orderTypes.map(plainWord))}</Fact>
      <Fact term="Times in force">{listed(timesInForce.map((name) => TIME_WORDS.get(name) ?? name))}</Fact>
      <Fact term="Auctions">{listed(auctions)}</Fact>
      <Fact term="Groups">{listed(groups)}</Fact>
      {abilities.map(([term, can]) => (
        <Fact term={term}>{can ? <Mark tone="good">yes</Mark> : <Mark tone="plain">no</Mark>}</Fact>
      ))}
      <Fact term="Market data">{listed(capabilities.marketData ?? [])}</Fact>
      <Fact term="Not found">{notFoundIsFinalAfterMs === undefined ? never : finalText(notFoundIsFinalAfterMs)}</Fact>
    </dl>
  );
}

/** What the venue could do by itself, and why the edge does it instead or refuses it. */
function LeftOut({ reasons }: { readonly reasons: NonNullable<VenueCapabilities['leftOut']> }) {
  if (reasons.length === 0) return null;
  return (
    <>
      <h3>What is not left to the venue</h3>
      <dl class="facts">
        {reasons.map(({ of, reason }) => (
          <Fact term={LEFT_OUT_WORDS.get(of) ?? plainWord(of)}>{reason}</Fact>
        ))}
      </dl>
    </>
  );
}

function finalText(afterMs: number): string {
  if (afterMs === 0) return 'An order that it does not find never arrived.';
  return `An order that it does not find ${countText(afterMs / MS_PER_SECOND)} s after it was sent never arrived.`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

function Exemptions({ exemptions }: { readonly exemptions: readonly VenueExemption[] }) {
  if (exemptions.length === 0) return <p>{`None: it meets every case of ${SUITE}.`}</p>;
  return (
    <>
      <p>{`Cases that it does not meet, by their reason, of ${SUITE}.`}</p>
      <TableRows
        caption="Exemptions"
        rows={[...Map.groupBy(exemptions, ({ reason }) => reason)]}
        columns={[
          { title: 'Reason', kind: 'text', cell: ([reason]) => reason },
          {
            title: 'Cases',
            kind: 'text',
            cell: ([, cases]) => casesText(cases),
            show: ([, cases]) => <Cases cases={cases} />,
          },
        ]}
      />
    </>
  );
}

function casesText(cases: readonly VenueExemption[]): string {
  return cases.map((one) => plainWord(one.case)).join(', ');
}

function Cases({ cases }: { readonly cases: readonly VenueExemption[] }) {
  return (
    <ul class="lines">
      {cases.map((one) => (
        <li>{plainWord(one.case)}</li>
      ))}
    </ul>
  );
}
