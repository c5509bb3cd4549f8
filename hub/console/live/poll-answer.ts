/** An answer to one of the questions of a browser's streams, unpacked where it is read. */
export interface PollAnswer {
  readonly id: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
