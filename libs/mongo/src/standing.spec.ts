import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { type Standing, standing } from './standing.js';

/** The driver's events in the order in which it emits them; where it stands still the rest does not come. */
function told(...events: [name: string, event: object][]): Standing {
  const client = new EventEmitter();
  const watched = standing(client as unknown as Parameters<typeof standing>[0]);
  for (const [name, event] of events) client.emit(name, event);
  return watched;
}
const after = (ticks: number, { tick }: Standing) => Array.from({ length: ticks }, tick).at(-1);
const a = { address: 'a:1' };
const heartbeat = { connectionId: 'a:1' };

describe('What a client has begun and not ended', () => {
  it.each([
    ['a heartbeat', [['serverHeartbeatStarted', heartbeat]]],
    // Streaming: the next one begins as the one before ends.
    [
      'a heartbeat after another',
      [
        ['serverHeartbeatStarted', heartbeat],
        ['serverHeartbeatSucceeded', heartbeat],
        ['serverHeartbeatStarted', heartbeat],
      ],
    ],
    ['a command', [['connectionCheckedOut', { ...a, connectionId: 1 }]]],
    [
      'one of two commands',
      [
        ['connectionCheckedOut', { ...a, connectionId: 1 }],
        ['connectionCheckedOut', { ...a, connectionId: 2 }],
        ['connectionCheckedIn', { ...a, connectionId: 1 }],
      ],
    ],
    [
      'the greeting of new connections, for which others wait in vain',
      [
        ['connectionCheckOutFailed', { ...a, reason: 'timeout' }],
        ['connectionCheckOutFailed', { ...a, reason: 'timeout' }],
      ],
    ],
  ] as [string, [string, object][]][])('%s is counted', (_, events) => {
    expect(after(3, told(...events))).toBe(3);
  });

  it('the greeting of new connections is counted from the first that waited in vain', () => {
    const client = new EventEmitter();
    const watched = standing(client as unknown as Parameters<typeof standing>[0]);
    for (let ticks = 1; ticks <= 3; ticks++) {
      client.emit('connectionCheckOutFailed', { ...a, reason: 'timeout' });
      expect(watched.tick()).toBe(ticks);
    }
  });

  it.each([
    ['nothing', []],
    [
      'a heartbeat that succeeded',
      [
        ['serverHeartbeatStarted', heartbeat],
        ['serverHeartbeatSucceeded', heartbeat],
      ],
    ],
    [
      'a heartbeat that failed',
      [
        ['serverHeartbeatStarted', heartbeat],
        ['serverHeartbeatFailed', heartbeat],
      ],
    ],
    [
      'a command that ended',
      [
        ['connectionCheckedOut', { ...a, connectionId: 1 }],
        ['connectionCheckedIn', { ...a, connectionId: 1 }],
      ],
    ],
    ['a connection that could not be made', [['connectionCheckOutFailed', { ...a, reason: 'connectionError' }]]],
    [
      'a pool that was full for a while',
      [
        ['connectionCheckOutFailed', { ...a, reason: 'timeout' }],
        ['connectionCheckedOut', { ...a, connectionId: 1 }],
        ['connectionCheckedIn', { ...a, connectionId: 1 }],
      ],
    ],
    [
      'a pool of a server that went away',
      [
        ['connectionCheckOutFailed', { ...a, reason: 'timeout' }],
        ['serverHeartbeatFailed', heartbeat],
      ],
    ],
    // The end of what it was at is not told any more.
    [
      'a server that left',
      [
        ['serverHeartbeatStarted', heartbeat],
        ['connectionCheckedOut', { ...a, connectionId: 1 }],
        ['connectionCheckOutFailed', { ...a, reason: 'timeout' }],
        ['serverClosed', a],
      ],
    ],
  ] as [string, [string, object][]][])('%s is not', (_, events) => {
    expect(after(3, told(...events))).toBe(0);
  });
});
