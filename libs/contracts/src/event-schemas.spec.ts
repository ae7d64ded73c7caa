import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { compareSchemas, type StoredSchemas } from './event-schemas.js';
import { type EventTypes, personal } from './events.js';

const shape = { id: z.string(), title: z.string().describe('标题'), kind: z.enum(['old', 'new']) };
const noted = { version: 1, data: z.strictObject(shape) };
const recorded: StoredSchemas = JSON.parse(JSON.stringify(compareSchemas({}, { Noted: noted }).next));
const changes = (types: EventTypes) => compareSchemas(recorded, types);

describe('The recorded schemas of stored events', () => {
  it('are met by the same schema, however it is written and whatever is said about it', () => {
    const data = z.strictObject({ kind: z.enum(['new', 'old']), title: z.string().meta({ example: '题' }), id: z.string() });
    expect(changes({ Noted: { version: 1, data } })).toMatchObject({ wrong: [], fresh: [] });
  });

  it.each([
    ['another field', z.strictObject({ ...shape, why: z.string().optional() }), 'data.properties.why'],
    ['a field less', z.strictObject({ id: z.string(), kind: shape.kind }), 'data.properties.title'],
    ['a field that need not be there', z.strictObject(shape).partial({ title: true }), 'data.required'],
    ['another value', z.strictObject({ ...shape, kind: z.enum(['old', 'new', 'newer']) }), 'data.properties.kind'],
    ['a field that became personal', z.strictObject({ ...shape, title: personal(z.string()) }), 'data.properties.title.personal'],
    ['fields that nobody named', z.looseObject(shape), 'data.additionalProperties'],
  ])('refuse %s without a new version, and keep what was recorded', (_, data, where) => {
    const { wrong, fresh, next } = changes({ Noted: { version: 1, data } });
    expect(wrong).toEqual([expect.stringContaining('The schema of Noted version 1 changed')]);
    expect(wrong[0]).toContain('give it version 2 and an upcaster');
    expect(wrong[0]).toContain(where);
    expect([fresh, next]).toEqual([[], recorded]);
  });

  it('take in a new version and a new type beside what is there', () => {
    const { wrong, fresh, next } = changes({
      Noted: { version: 2, data: z.strictObject({ ...shape, why: z.string() }), upcasts: { 1: data => data } },
      Forgotten: noted,
    });
    expect([wrong, fresh]).toEqual([[], ['Noted 2', 'Forgotten 1']]);
    expect(Object.keys(next)).toEqual(['Forgotten', 'Noted']);
    expect(next['Noted']).toMatchObject({ 1: recorded['Noted']![1], 2: { properties: { why: { type: 'string' } } } });
  });

  it('name a type or version that is known no more', () => {
    expect(changes({}).wrong).toEqual([expect.stringContaining('cannot be taken away')]);
    const second = compareSchemas(recorded, { Noted: { ...noted, version: 2 } }).next;
    expect(compareSchemas(second, { Noted: noted }).wrong).toEqual([expect.stringContaining('stored as version 2')]);
  });
});
