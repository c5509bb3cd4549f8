/** Values by two names. Shape: asked for with each order, so no key is put together of both. */
export class PairMap<Value> {
  readonly #values = new Map<string, Map<string, Value>>();

  get(first: string, second: string): Value | undefined {
    return this.#values.get(first)?.get(second);
  }

  set(first: string, second: string, value: Value): void {
    const known = this.#values.get(first);
    if (known === undefined) this.#values.set(first, new Map([[second, value]]));
    else known.set(second, value);
  }

  delete(first: string, second: string): void {
    const known = this.#values.get(first);
    known?.delete(second);
    if (known?.size === 0) this.#values.delete(first);
  }

  clear(): void {
    this.#values.clear();
  }

  /** All values. */
  all(): readonly Value[] {
    return [...this.#values.values()].flatMap((values) => [...values.values()]);
  }
}
