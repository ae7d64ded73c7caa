import { describe, expect, it } from '@jest/globals';
import * as contracts from '#contracts';
import { openApi } from './openapi.js';
import { routes, taskQueries } from './routes.js';

type Json = Record<string, Record<string, unknown>>;
const operations = Object.values(contracts).filter(
  (value): value is contracts.Operation => typeof value === 'object' && value !== null && 'subject' in value && 'input' in value,
);
const document = openApi(true) as {
  openapi: string;
  paths: Record<string, Record<string, { responses: Json; operationId: string; parameters?: { name: string; in: string }[] }>>;
};
const described = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe('the API', () => {
  it('has one address for every operation of the contracts', () => {
    const reachable = [...routes.map(route => route.operation), ...taskQueries].map(operation => operation.subject);
    expect([...reachable].sort()).toEqual([...new Set(operations.map(operation => operation.subject))].sort());
  });

  it('names every field of an address in the operation it asks', () => {
    for (const { path, operation } of routes) {
      for (const [, name] of path.matchAll(/\{(\w+)\}/g)) expect(Object.keys(operation.input.shape)).toContain(name);
    }
  });

  it('is OpenAPI 3.1 and documents errors of every operation as problem+json', () => {
    expect(document.openapi).toBe('3.1.0');
    for (const { path, operation } of described.filter(({ path }) => path.startsWith('/api/v1'))) {
      const errors = Object.entries(operation.responses).filter(([status]) => status >= '400');
      expect([path, errors.length]).not.toEqual([path, 0]);
      for (const [, response] of errors) expect(Object.keys(response['content'] as object)).toEqual(['application/problem+json']);
    }
  });

  it('gives every operation an id of its own', () => {
    const ids = described.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('does not tell of the development sign-in where there is none', () => {
    expect(Object.keys((openApi(false) as typeof document).paths).filter(path => path.includes('/dev/'))).toEqual([]);
  });
});
