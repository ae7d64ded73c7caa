import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import type { Config } from './config.js';

export type Log = Logger;

/** One JSON line per entry on standard error, so that standard output stays for people. */
export function createLog(service: string, config: Pick<Config, 'logLevel'>): Log {
  return pino(
    { name: service, level: config.logLevel, redact: ['token', 'req.headers.authorization'] },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** Nest's own messages through the same log; its start-up chatter only at debug. */
export function nestLogger(log: Log): LoggerService {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error' | 'fatal') =>
    (message: unknown, ...rest: unknown[]) =>
      log[level]({ context: rest.at(-1) }, typeof message === 'string' ? message : JSON.stringify(message));
  return {
    log: write('debug'),
    debug: write('debug'),
    verbose: write('debug'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('fatal'),
  };
}
