const lineFeed = 0x0a;
const lineMost = 16_000_000;

/**
 * Lines of UTF-8, ended by a line feed and by nothing else: U+2028, at which other readers break, stands in texts. A rest
 * without its end is left out: whoever wrote it was interrupted.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, from)) {
      const part = chunk.subarray(from, at);
      yield rest.length > 0 ? Buffer.concat([...rest, part]).toString() : part.toString();
      [rest, length, from] = [[], 0, at + 1];
    }
    if (from < chunk.length) {
      rest.push(chunk.subarray(from));
      length += chunk.length - from;
    }
    // No line of ours is that long: what is read here is something else, and need not be held in memory to be refused.
    if (length > lineMost) yield '';
  }
}
