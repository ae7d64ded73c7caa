import { existsSync } from 'node:fs';
import { StoreUnusable } from './port.js';

/** What a connection string says, and what of it may be shown. */
export interface KurrentAddress {
  /** For the client: without user and password, which go with every call instead. */
  url: string;
  /** For sentences and logs. */
  shown: string;
  tls: boolean;
  credentials?: { username: string; password: string };
  keepAliveIntervalMs: number;
  /** Reads and appends ask the leader; not where the installation prefers another node. */
  requiresLeader: boolean;
}

const form =
  /^(?:kurrentdb|esdb)(\+discover)?:\/\/(?:([^:@/?#\s]+):([^@/?#\s]*)@)?([A-Za-z0-9._-]+(?::\d{1,5})?(?:,[A-Za-z0-9._-]+(?::\d{1,5})?)*)\/?(?:\?([^#\s]*))?$/;

const settings: Record<string, (value: string) => boolean> = {
  tls: isBoolean,
  tlsverifycert: isBoolean,
  tlscafile: () => true,
  nodepreference: value => /^(leader|follower|random|readonlyreplica)$/i.test(value),
  maxdiscoverattempts: isInteger,
  discoveryinterval: isInteger,
  keepaliveinterval: value => isInteger(value) && Number(value) >= keepAliveLeastMs,
  keepalivetimeout: isInteger,
  connectionname: () => true,
};

/** What the client recommends at least, and takes where nothing is said. */
const keepAliveLeastMs = 10_000;
/** The Rust reader waits for this before its first connection; its own default is half a second. */
const discoveryIntervalMs = 100;

export function isKurrentUrl(url: string): boolean {
  return /^(kurrentdb|esdb)(\+discover)?:/.test(url);
}

/**
 * Checked here and not by the client, whose two parsers differ (the Rust one does not decode a password, the other prints the
 * whole string for a parameter it does not know) and accept what would be ignored.
 * @throws StoreUnusable one sentence without the password
 */
export function readKurrentUrl(text: string): KurrentAddress {
  const found = form.exec(text.trim());
  if (!found) throw unusable('应写作', 'it is written', 'kurrentdb://user:password@host:2113?tls=true');
  const [, discover = '', user, password, hosts, query = ''] = found;
  const parameters = query.split('&').filter(part => part !== '');
  const values = new Map<string, string>();
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=', 2);
    const key = name.toLowerCase();
    if (!settings[key]?.(value)) throw unusable('不支持的参数', 'a parameter that is not supported', `${name}=${value}`);
    values.set(key, value);
  }
  const tls = values.get('tls') !== 'false';
  const caFile = values.get('tlscafile');
  if (tls && caFile !== undefined && !existsSync(decoded(caFile)))
    throw unusable('没有 tlsCAFile', 'there is no tlsCAFile', decoded(caFile));
  if (tls && user === undefined) throw unusable('TLS 连接须有', 'TLS needs', 'user:password@');
  if (!values.has('discoveryinterval')) parameters.push(`discoveryInterval=${discoveryIntervalMs}`);
  if (!values.has('connectionname')) parameters.push('connectionName=gongkai');
  const address = `kurrentdb${discover}://${hosts}`;
  return {
    url: `${address}?${parameters.filter(parameter => !/^keepAliveInterval=/i.test(parameter)).join('&')}`,
    keepAliveIntervalMs: Number(values.get('keepaliveinterval') ?? keepAliveLeastMs),
    shown: tls ? address : `${address}?tls=false`,
    tls,
    ...(user === undefined ? {} : { credentials: { username: decoded(user), password: decoded(password!) } }),
    requiresLeader: /^(leader)?$/i.test(values.get('nodepreference') ?? ''),
  };
}

function isBoolean(value: string): boolean {
  return value === 'true' || value === 'false';
}

function isInteger(value: string): boolean {
  return /^\d{1,9}$/.test(value);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unusable('须作百分号编码，如', 'it is percent-encoded, like', 'user:p%40ss@');
  }
}

function unusable(zh: string, en: string, what: string): StoreUnusable {
  return new StoreUnusable(
    `KurrentDB 的连接串（GONGKAI_EVENTS）用不了：${zh} ${what}。 / The KurrentDB connection string (GONGKAI_EVENTS) cannot be used: ${en} ${what}.`,
  );
}
