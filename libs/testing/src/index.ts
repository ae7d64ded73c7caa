export { startFakeKurrentDb, type FakeKurrentDb, type FakeKurrentDbOptions } from './fake-kurrentdb/fake-kurrentdb.js';
export { type FakeKurrentDbProcess, startFakeKurrentDbProcess } from './fake-kurrentdb/fake-process.js';
export type { AppendFault, Ending, Faults, ReadFault, Rpc } from './fake-kurrentdb/faults.js';
export type { Settings } from './fake-kurrentdb/inside.js';
export type { Stored } from './fake-kurrentdb/log.js';
export type { Traffic } from './fake-kurrentdb/traffic.js';
export { createWire, type Wire } from './fake-kurrentdb/wire.js';
export { type MongoServer, onMongoServer, startMongoServer, whyNoMongoServer } from './mongo-server.js';
export { type MongoFault, type MongoWire, startMongoWire } from './mongo-wire.js';
