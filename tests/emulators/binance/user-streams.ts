import type { SocketLine } from '../kit/socket-line.ts';
import type { Account } from './accounts.ts';
import type { Operation } from './operation.ts';
import { readWhole } from './order-request.ts';
import { Refusal } from './refusal.ts';

interface Subscription {
  readonly id: number;
  readonly line: SocketLine;
  readonly account: Account;
}

/** The user data streams: who hears of which account, on which connection. */
export interface UserStreams {
  /** What can be asked for on a connection of the WebSocket API beside the exchange's operations. */
  operations(line: SocketLine): readonly Operation[];
  tell(account: Account, event: object): void;
  /** Ends the streams of a connection that is gone. */
  forget(line: SocketLine): void;
  /** Ends every stream and says so, while the connections stay open. */
  terminate(nowMs: number): void;
  count(): number;
}

/** No streams yet. Source: Binance spot API documentation, "User Data Stream subscriptions". */
export function createUserStreams(): UserStreams {
  let subscriptions: Subscription[] = [];
  let nextId = 0;

  function send({ id, line, account }: Subscription, event: object): void {
    line.send(`user:${account.id}`, JSON.stringify({ subscriptionId: id, event }));
  }

  return {
    operations: (line) => [
      {
        socket: 'userDataStream.subscribe.signature',
        security: 'user-data',
        weight: 2,
        run({ key }) {
          const subscription = { id: nextId, line, account: key.account };
          nextId += 1;
          subscriptions.push(subscription);
          return { subscriptionId: subscription.id };
        },
      },
      {
        socket: 'userDataStream.unsubscribe',
        security: 'none',
        weight: 2,
        run({ parameters }) {
          const id = readWhole(parameters, 'subscriptionId');
          subscriptions = subscriptions.filter((one) => one.line !== line || (id !== undefined && one.id !== id));
          return {};
        },
      },
      {
        socket: 'session.subscriptions',
        security: 'none',
        weight: 2,
        run: () => subscriptions.filter((one) => one.line === line).map(({ id }) => ({ subscriptionId: id })),
      },
      {
        socket: 'session.logon',
        security: 'user-data',
        weight: 2,
        run() {
          throw new Refusal(-4056, 'HMAC_SHA256 API key is not supported.');
        },
      },
    ],
    tell(account, event) {
      for (const one of subscriptions) if (one.account === account) send(one, event);
    },
    forget(line) {
      subscriptions = subscriptions.filter((one) => one.line !== line);
    },
    terminate(nowMs) {
      const ended = subscriptions;
      subscriptions = [];
      for (const one of ended) send(one, { e: 'eventStreamTerminated', E: nowMs });
    },
    count: () => subscriptions.length,
  };
}
