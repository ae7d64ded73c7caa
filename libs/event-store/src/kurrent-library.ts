import { wordsOf } from './kurrent-errors.js';
import { StoreUnusable } from './port.js';

/** The client, and the messages it was generated with. */
export type Library = Awaited<ReturnType<typeof loaded>>;

/** Loaded here only: it brings a native library, which the embedded engine must not need. @throws StoreUnusable */
export async function kurrentLibrary(): Promise<Library> {
  try {
    return await loaded();
  } catch (error) {
    throw new StoreUnusable(
      `KurrentDB 客户端在本机不能加载（${wordsOf(error)}），请重新安装依赖（npm ci，含可选依赖）。 / The KurrentDB client cannot be loaded on this machine (${wordsOf(error)}); install the dependencies anew (npm ci, with the optional ones).`,
      { cause: error },
    );
  }
}

async function loaded() {
  const [{ KurrentDBClient, convertToCommandError }, { StreamsClient }, streams, { Empty, StreamIdentifier }] = await Promise.all(
    [
      import('@kurrent/kurrentdb-client').then(commonJs),
      import('@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_grpc_pb.js').then(commonJs),
      import('@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js').then(commonJs),
      import('@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/shared_pb.js').then(commonJs),
    ],
  );
  return { KurrentDBClient, convertToCommandError, StreamsClient, ReadReq: streams.ReadReq, Empty, StreamIdentifier };
}

/** Not every version of Node finds the names in a CommonJS module. */
function commonJs<T extends object>(module: T): T {
  return 'default' in module ? (module.default as T) : module;
}
