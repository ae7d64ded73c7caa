import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** For specs: every way in which the texts could stand in a file or on a line without having been encrypted. */
export function tracesOf(texts: readonly string[]): Buffer[] {
  const encoded = texts.flatMap(text => {
    const bytes = Buffer.from(text);
    const escaped = [...text].map(letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
    return [
      bytes,
      Buffer.from(text, 'utf16le'),
      ...[escaped, escaped.toUpperCase().replaceAll('\\U', '\\u'), encodeURIComponent(text), bytes.toString('hex')].map(form =>
        Buffer.from(form),
      ),
      ...(['base64', 'base64url'] as const).flatMap(form => [0, 1, 2].map(offset => Buffer.from(inside(bytes, offset, form)))),
    ];
  });
  return [...new Map(encoded.map(trace => [trace.toString('hex'), trace])).values()];
}

/** What stays the same of the bytes' base64 where they begin `offset` bytes into a group of three, whatever stands around. */
function inside(bytes: Buffer, offset: number, form: 'base64' | 'base64url'): string {
  const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
  const whole = shifted.subarray(0, shifted.length - (shifted.length % 3)).toString(form);
  return offset === 0 ? whole : whole.slice(4);
}

/** The files under these folders, at any depth, that hold one of the traces in their bytes or their name. */
export function filesHolding(traces: readonly Buffer[], ...folders: string[]): string[] {
  return folders.flatMap(folder =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map(name => join(folder, name))
      .filter(file => {
        const bytes = statSync(file).isFile() ? readFileSync(file) : Buffer.alloc(0);
        return traces.some(trace => bytes.includes(trace) || Buffer.from(file).includes(trace));
      }),
  );
}
