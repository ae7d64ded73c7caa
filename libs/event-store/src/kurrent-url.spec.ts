import { describe, expect, it } from '@jest/globals';
import { isKurrentUrl, readKurrentUrl } from './kurrent-url.js';

describe('A KurrentDB connection string', () => {
  it('is kurrentdb:// or esdb://, of one server, of several, or of a cluster to be discovered', () => {
    for (const scheme of ['kurrentdb', 'esdb', 'kurrentdb+discover', 'esdb+discover'])
      expect(isKurrentUrl(`${scheme}://host`)).toBe(true);
    for (const other of ['kurrentdbs://host', 'http://host', './data/events.db', '']) expect(isKurrentUrl(other)).toBe(false);
    expect(readKurrentUrl('esdb://127.0.0.1:2113?tls=false').url).toMatch(/^kurrentdb:\/\/127\.0\.0\.1:2113\?tls=false&/);
    expect(readKurrentUrl('kurrentdb+discover://cluster.example:2113/?tls=false').url).toMatch(
      /^kurrentdb\+discover:\/\/cluster\.example:2113\?/,
    );
    expect(readKurrentUrl('kurrentdb://u:p@a:1,b:2,c').url).toMatch(/^kurrentdb:\/\/a:1,b:2,c\?/);
  });

  it('gives the client what it says, but never the user and the password, which go with every call', () => {
    const { url, shown, tls, credentials, requiresLeader } = readKurrentUrl(
      'esdb://officer:s%2Fcr%3Fet@db.example:2113?tlsCAFile=.%2Fpackage.json&nodePreference=leader&keepAliveInterval=20000',
    );
    expect(url).toBe(
      'kurrentdb://db.example:2113?tlsCAFile=.%2Fpackage.json&nodePreference=leader&discoveryInterval=100&connectionName=gongkai',
    );
    expect({ shown, tls, credentials, requiresLeader }).toEqual({
      shown: 'kurrentdb://db.example:2113',
      tls: true,
      credentials: { username: 'officer', password: 's/cr?et' },
      requiresLeader: true,
    });
    expect(readKurrentUrl('kurrentdb://h?tls=false&nodePreference=follower').requiresLeader).toBe(false);
  });

  it.each([
    ['kurrentdb://', 'kurrentdb://user:password@host:2113'],
    ['kurrentdb://officer:sec ret@host', 'kurrentdb://user:password@host:2113'],
    ['kurrentdb://officer:secret@host:port', 'kurrentdb://user:password@host:2113'],
    ['kurrentdb://officer:secret@host?tls=maybe', 'tls=maybe'],
    ['kurrentdb://officer:secret@host?gossipTimeout=5', 'gossipTimeout=5'],
    ['kurrentdb://officer:secret@host?keepAliveInterval=100', 'keepAliveInterval=100'],
    ['kurrentdb://officer:%zz@host', 'percent-encoded'],
    ['kurrentdb://officer:secret@host?tlsCAFile=./no-such-file.pem', './no-such-file.pem'],
    ['kurrentdb://host:2113', 'user:password@'],
  ])('%s is refused in one sentence, which holds no password', (text, told) => {
    let said = '';
    try {
      readKurrentUrl(text);
    } catch (error) {
      expect((error as Error).name).toBe('StoreUnusable');
      said = (error as Error).message;
    }
    expect(said).toContain(told);
    expect(said).toMatch(/^[^\n]+ \/ [^\n]+\.$/);
    expect(said).not.toContain('sec');
    expect(said).not.toContain('%zz');
  });
});
