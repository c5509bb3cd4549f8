/** How batches reach this hub and acknowledgements leave it, whoever runs the broker. */
export interface UplinkServer {
  /** Where edges connect. */
  readonly address: string;
  /** Where enrolled edges connect with their certificate, where this hub runs the broker itself. */
  readonly secureAddress?: string;
  publish(topic: string, payload: string): void;
  close(): Promise<void>;
}

/** What an uplink hands on. Shape: `receive` is false where the hub cannot take more at this moment. */
export interface UplinkDeps {
  readonly receive: (edge: string, bytes: Uint8Array) => boolean;
  readonly log: (line: string) => void;
}
