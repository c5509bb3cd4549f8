import { add, compare, type Decimal, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';

/** What an API key may do. Source: `GET /sapi/v1/account/apiRestrictions`. */
export interface KeyPermissions {
  readonly reading: boolean;
  readonly spotTrading: boolean;
  readonly withdrawals: boolean;
  readonly ipRestricted: boolean;
}

/** A key of an account. */
export interface ApiKey {
  readonly key: string;
  readonly secret: string;
  readonly permissions: KeyPermissions;
  readonly account: Account;
}

/** What an account has of one asset. */
export interface Balance {
  free: Decimal;
  locked: Decimal;
}

/** An account of the exchange. Shape: amounts below zero never occur, since every order locks what it may need. */
export interface Account {
  readonly id: string;
  readonly balances: Map<string, Balance>;
  readonly makerRate: Decimal;
  readonly takerRate: Decimal;
  /** Pays commission in BNB where it has some. */
  readonly burnsBnb: boolean;
  updatedAtMs: number;
}

/** What an account has of an asset, free and locked. */
export function balanceOf(account: Account, asset: string): Balance {
  const known = account.balances.get(asset);
  if (known !== undefined) return known;
  const made = { free: ZERO, locked: ZERO };
  account.balances.set(asset, made);
  return made;
}

/** Whether that much is free. */
export function canLock(account: Account, asset: string, amount: Decimal): boolean {
  return compare(balanceOf(account, asset).free, amount) >= 0;
}

/** Moves an amount from free to locked; below zero, back. */
export function lock(account: Account, asset: string, amount: Decimal): void {
  const balance = balanceOf(account, asset);
  balance.free = subtract(balance.free, amount);
  balance.locked = add(balance.locked, amount);
}

/** Adds to what is free; below zero, takes from it. */
export function credit(account: Account, asset: string, amount: Decimal): void {
  const balance = balanceOf(account, asset);
  balance.free = add(balance.free, amount);
}

/** Takes from what is locked. */
export function spendLocked(account: Account, asset: string, amount: Decimal): void {
  const balance = balanceOf(account, asset);
  balance.locked = subtract(balance.locked, amount);
}
