export { House } from './house.js';
export { InProcessBus, InProcessClient, InProcessServer } from './in-process.js';
export { natsClient, natsServerOptions, natsVersion, refuseOldServer } from './nats.js';
export { operatorsDoor } from './operators-door.js';
export { Room } from './room.js';
export type { RoomMetrics, RoomStatus } from './room-status.js';
export { awaitNats, natsOf, runRoom } from './over-nats.js';
