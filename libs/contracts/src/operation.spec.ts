import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { checkInput, query } from './operation.js';

const asked = query(
  'house.thing.get',
  'public',
  { zh: '查看', en: 'See' },
  {
    text: z.string().optional(),
    number: z.number().optional(),
    whole: z.int().optional(),
    yes: z.boolean().optional(),
    list: z.array(z.string()).optional(),
    thing: z.strictObject({}).optional(),
    byName: z.record(z.string(), z.string()).optional(),
    one: z.enum(['a', 'b']).optional(),
    short: z.string().max(3).optional(),
  },
);
const needed = query('house.thing.get', 'public', { zh: '查看', en: 'See' }, { id: z.string() });

describe('An input that is not as its operation has it', () => {
  it.each([
    [{ text: 7 }, 'text（应为文字）'],
    [{ number: 'x' }, 'number（应为数字）'],
    [{ number: NaN }, 'number（应为数字）'],
    [{ whole: 1.5 }, 'whole（应为整数）'],
    [{ yes: '是' }, 'yes（应为 true 或 false）'],
    [{ list: {} }, 'list（应为列表）'],
    [{ thing: [] }, 'thing（应为对象）'],
    [{ byName: 'x' }, 'byName（应为对象）'],
    [{ one: 'c' }, 'one（只能是 a、b）'],
    [{ short: 'abcd' }, 'short（不超过 3）'],
    [{ other: 1 }, 'other（没有这个字段）'],
  ])('%j is told in Chinese: %s', (input, zh) => {
    expect(checkInput(asked, input)).toMatchObject({ refused: 'invalid', zh: `所填内容有误：${zh}。` });
  });

  it('names what is missing', () => {
    expect(checkInput(needed, {})).toMatchObject({
      zh: '所填内容有误：id（必填）。',
      en: expect.stringContaining('id') as unknown,
    });
  });
});
