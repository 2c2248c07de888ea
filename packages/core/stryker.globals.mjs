// What tests import from `@jest/globals`, for the runner beside this: it collects them and leaves it at that.
import { expect } from 'expect';
import { bind } from 'jest-each';

/** Every test that was defined, in order: its name with those of the groups around it, and what it does. */
export const tests = [];
const groups = [];

export { expect };

export const test = (name, run) => tests.push({ name: [...groups, name].join(' '), run });
test.each = bind(test, false);

export const describe = (name, define) => {
  groups.push(name);
  define();
  groups.pop();
};
describe.each = bind(describe, false);
