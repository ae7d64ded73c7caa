import { join } from 'node:path';
import type { Projection } from '#projections';
import { onTask } from '../children.js';
import { loadPeer } from '../peers.js';
import type { Work } from '../store/caseload.js';
import { openBench } from './bench.js';
import { Office } from './office.js';

/** The part of @event-driven-io/emmett-sqlite used here. */
interface Emmett {
  sqliteConnection(options: { fileName: string }): Connection;
  createEventStoreSchema(connection: Connection): Promise<void>;
  appendToStream(
    connection: Connection,
    stream: string,
    type: string,
    events: object[],
    options: object,
  ): Promise<{ success: boolean }>;
}
interface Connection {
  command(sql: string, values?: unknown[]): Promise<unknown>;
  querySingle<T>(sql: string, values?: unknown[]): Promise<T | null>;
}
interface Message {
  type: string;
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

export interface InlineTask {
  folder: string;
  packages: string;
  room: string;
  name: string;
  events: number;
}
export interface Inlined {
  seconds: number;
  documents: number;
}

/**
 * The other library has no rebuild: the events of each stream in one append, with our projection inline in the same transaction, each
 * document read and written once for it. That serves it best; one connection.
 */
onTask<InlineTask, Inlined>(async ({ folder, packages, room, name, events }) => {
  const { sqliteConnection, createEventStoreSchema, appendToStream } = await loadPeer<Emmett>(packages);
  const bench = await openBench({ room, dataFolder: join(folder, 'empty'), unsearched: true });
  const projection = bench.projections.find(one => one.name === name)!;
  const connection = sqliteConnection({ fileName: join(folder, 'peer.db') });
  await createEventStoreSchema(connection);
  await connection.command('CREATE TABLE docs (collection TEXT, id TEXT, doc TEXT, PRIMARY KEY (collection, id))');
  const streams = new Map<string, Work[]>();
  for (const work of new Office(events).events()) streams.set(work.stream, [...(streams.get(work.stream) ?? []), work]);
  const begun = performance.now();
  for (const [stream, works] of streams) {
    const messages = works.map(({ event }) => ({
      type: event.type,
      data: event.data,
      metadata: { ...event.metadata, messageId: event.id },
    }));
    const { success } = await appendToStream(connection, stream, stream.slice(0, stream.indexOf('-')), messages, {
      expectedStreamVersion: 0n,
      onBeforeCommit: (stored: Message[]) => project(connection, projection, stored),
    });
    if (!success) throw new Error('emmett-sqlite: not stored');
  }
  const seconds = (performance.now() - begun) / 1000;
  const { documents } = (await connection.querySingle<{ documents: number }>('SELECT count(*) AS documents FROM docs'))!;
  await bench.close();
  return { seconds, documents };
});

async function project(connection: Connection, { events, project }: Projection, messages: Message[]): Promise<void> {
  const docs = new Map<string, { collection: string; id: string; doc: Record<string, unknown> | null }>();
  for (const [revision, message] of messages.entries()) {
    if (!events.includes(message.type)) continue;
    for (const { collection, id, apply } of project({ ...message, revision } as never)) {
      const place = `${collection} ${id}`;
      let held = docs.get(place);
      if (!held) {
        const found = await connection.querySingle<{ doc: string }>('SELECT doc FROM docs WHERE collection = ? AND id = ?', [
          collection,
          id,
        ]);
        docs.set(place, (held = { collection, id, doc: found && JSON.parse(found.doc) }));
      }
      held.doc = apply(held.doc);
    }
  }
  for (const { collection, id, doc } of docs.values())
    await connection.command('INSERT OR REPLACE INTO docs VALUES (?, ?, ?)', [collection, id, JSON.stringify(doc)]);
}
