const digits = 16;

/** A position as text that sorts as the log does: sixteen digits, for 2^53 − 1 has as many. */
export function positionText(position: number): string {
  return String(position).padStart(digits, '0');
}

/** @throws RangeError what is not the text of a position */
export function positionOf(text: string): number {
  const position = Number(text);
  if (!/^\d{16}$/.test(text) || !Number.isSafeInteger(position)) throw new RangeError(`Not a position: ${text}`);
  return position;
}
