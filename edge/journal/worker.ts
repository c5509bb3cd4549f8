import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { assert } from '@gatehouse/shared/errors.ts';
import { drivers } from './drivers.ts';
import type { StoreOptions, ToStore } from './messages.ts';
import { createStore } from './store.ts';
import { Writer } from './writer.ts';

function serve(port: MessagePort, options: StoreOptions): void {
  const store = createStore(options, drivers[options.driver]);
  const writer = new Writer({ store, bounds: options, post: (message) => port.postMessage(message) });
  port.on('message', (first: ToStore) => {
    // Everything that waits already shares one commit.
    for (let message: ToStore | undefined = first; message !== undefined; message = nextOf(port)) {
      if (message.kind === 'exit') port.close();
      else writer.take(message);
    }
    writer.flush();
  });
}

function nextOf(port: MessagePort): ToStore | undefined {
  return receiveMessageOnPort(port)?.message as ToStore | undefined;
}

assert(parentPort !== null, 'the store runs in a thread of its own');
serve(parentPort, workerData as StoreOptions);
