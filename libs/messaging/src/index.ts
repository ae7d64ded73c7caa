export { House } from './house.js';
export { InProcessBus, InProcessClient, InProcessServer } from './in-process.js';
export { natsClient, natsServerOptions, natsVersion, refuseOldServer } from './nats.js';
export { operatorsDoor } from './operators-door.js';
export { Room, type RoomMetrics, type RoomStatus } from './room.js';
export { awaitNats, natsOf, runRoom } from './over-nats.js';
