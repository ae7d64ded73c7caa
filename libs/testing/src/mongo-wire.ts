import { Transform } from 'node:stream';
import { createWire } from './fake-kurrentdb/wire.js';

/**
 * What becomes of one command: its connection is cut before the server sees it, after it was carried out, or in the middle of the
 * answer; it is never answered; or the server (as far as the client can tell) refuses it.
 */
export type MongoFault =
  { then: 'cut' | 'cut-after' | 'half-answer' | 'silence' } | { then: 'error'; code: number; codeName: string; message: string };

/** A wire to one server of MongoDB's protocol, which reads what passes; without TLS. */
export interface MongoWire {
  url: string;
  /**
   * Happens to the next command of this name (`update`, `find`, …) that `when` agrees to, `times` times; in the order they are given.
   * `when` is asked before the command passes: it may freeze the wire, and the command with it.
   */
  next(command: string, fault: MongoFault, options?: { times?: number; when?: (text: string) => boolean }): void;
  /** Faults that did not happen yet. */
  pending(): number;
  /** Answers come so much later. */
  slow(ms: number): void;
  /** Nothing passes any more, though connections stay open: what is on its way arrives after `thaw`. */
  freeze(): void;
  thaw(): void;
  cutAll(): void;
  /** The port refuses, until it listens again. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** Names of the commands that passed, since the last time it was asked. */
  seen(): string[];
  close(): Promise<void>;
}

interface Planned {
  command: string;
  fault: MongoFault;
  times: number;
  when: (text: string) => boolean;
}

const defaultPort = 27_017;
const headerBytes = 16;
const opMessage = 2013;
const flagBytes = 4;

export async function startMongoWire(serverUrl: string, database = 'gongkai'): Promise<MongoWire> {
  let planned: Planned[] = [];
  let delayMs = 0;
  let seen: string[] = [];

  function faultOf(message: Buffer): MongoFault | undefined {
    const command = commandOf(message);
    if (command === undefined) return undefined;
    seen.push(command);
    const found = planned.find(one => one.command === command && one.when(message.toString('latin1')));
    if (!found) return undefined;
    if (--found.times === 0) planned = planned.filter(one => one !== found);
    return found.fault;
  }

  const { hostname, port, username, password, search } = new URL(serverUrl);
  let wire = build();
  await wire.listen(0);
  const wirePort = wire.port();

  function build() {
    return createWire({ host: hostname, port: Number(port || defaultPort) }, cut => {
      const answers = new Map<number, MongoFault>();
      const toClient = messages((message, pass) => {
        const fault = answers.get(message.readInt32LE(8));
        if (fault?.then === 'cut-after') return cut();
        if (fault?.then === 'half-answer') {
          pass(message.subarray(0, Math.ceil(message.length / 2)));
          return void setImmediate(cut);
        }
        if (fault?.then === 'silence') return;
        if (delayMs === 0) pass(message);
        else setTimeout(() => pass(message), delayMs);
      });
      const toServer = messages((message, pass) => {
        const fault = faultOf(message);
        if (fault?.then === 'cut') return cut();
        if (fault?.then === 'error') return void toClient.push(refusal(message, fault));
        if (fault) answers.set(message.readInt32LE(4), fault);
        pass(message);
      });
      return { toServer, toClient };
    });
  }

  return {
    // Of a replica set the driver would look for the members themselves, past the wire.
    url: `mongodb://${username && `${username}:${password}@`}127.0.0.1:${wirePort}/${database}${search ? `${search}&` : '?'}directConnection=true`,
    next: (command, fault, { times = 1, when = () => true } = {}) => void planned.push({ command, fault, times, when }),
    pending: () => planned.length,
    slow: ms => void (delayMs = ms),
    freeze: () => wire.freeze(),
    thaw: () => wire.thaw(),
    cutAll: () => void wire.cutAll(),
    down: () => wire.unlisten(),
    async up() {
      wire = build();
      await wire.listen(wirePort);
    },
    seen() {
      const found = seen;
      seen = [];
      return found;
    },
    close: () => wire.unlisten(),
  };
}

/** Cuts a stream of bytes into messages, each of which begins with its length. */
function messages(each: (message: Buffer, pass: (bytes: Buffer) => void) => void): Transform {
  let held: Buffer = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      while (held.length >= 4 && held.length >= held.readInt32LE(0)) {
        const message = held.subarray(0, held.readInt32LE(0));
        held = held.subarray(message.length);
        each(message, bytes => this.destroyed || this.push(bytes));
      }
      done();
    },
  });
}

/** The first element's name of the command's document; none of the older kind of message that greets. */
function commandOf(message: Buffer): string | undefined {
  if (message.readInt32LE(12) !== opMessage) return undefined;
  // Flags, the kind of the section (0: the document), its length and the type of its first element come before the name.
  const name = headerBytes + flagBytes + 1 + 4 + 1;
  return message.toString('latin1', name, message.indexOf(0, name));
}

function refusal(request: Buffer, { code, codeName, message }: Extract<MongoFault, { then: 'error' }>): Buffer {
  const document = bson([
    ['ok', 0],
    ['code', code],
    ['codeName', codeName],
    ['errmsg', message],
  ]);
  const answer = Buffer.alloc(headerBytes + flagBytes + 1);
  answer.writeInt32LE(answer.length + document.length, 0);
  answer.writeInt32LE(request.readInt32LE(4), 8);
  answer.writeInt32LE(opMessage, 12);
  return Buffer.concat([answer, document]);
}

/** Integers and strings. */
function bson(fields: readonly (readonly [string, string | number])[]): Buffer {
  const elements = fields.map(([name, value]) => {
    const bytes = typeof value === 'number' ? Buffer.alloc(4) : Buffer.from(`${value}\0`);
    if (typeof value === 'number') bytes.writeInt32LE(value);
    const length = Buffer.alloc(4);
    length.writeInt32LE(bytes.length);
    const kind = typeof value === 'number' ? 0x10 : 0x02;
    return Buffer.concat([
      Buffer.from([kind]),
      Buffer.from(`${name}\0`),
      typeof value === 'number' ? bytes : Buffer.concat([length, bytes]),
    ]);
  });
  const body = Buffer.concat([...elements, Buffer.from([0])]);
  const length = Buffer.alloc(4);
  length.writeInt32LE(body.length + 4);
  return Buffer.concat([length, body]);
}
