import { register } from 'node:module';

/*
 * Loaded before the program: the engine that it imports is the one of `steps-of-sqlite`, which alone imports the real one. So nothing of
 * the house knows that it may fall.
 */
const harmed = JSON.stringify(new URL('./steps-of-sqlite.js', import.meta.url).href);
const hook = `
  export async function resolve(name, context, next) {
    const ours = name === '@photostructure/sqlite' && context.parentURL !== ${harmed};
    return ours ? { url: ${harmed}, shortCircuit: true } : next(name, context);
  }`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
