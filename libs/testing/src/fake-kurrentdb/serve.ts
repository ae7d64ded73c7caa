import { startFakeKurrentDb } from './fake-kurrentdb.js';
import type { Order } from './fake-process.js';

/** The fake server as a process: says its address, does what it is told, ends with whoever started it. */
const fake = await startFakeKurrentDb();
const orders: Record<Order, () => unknown> = { stop: fake.stop, start: fake.start };
process.on('message', (order: Order) => {
  void Promise.resolve(orders[order]()).then(() => process.send?.('done'));
});
process.on('disconnect', () => process.exit(0));
process.send?.(fake.url);
