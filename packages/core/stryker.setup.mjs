// The same examples for every mutant, so that a score does not depend on chance; and the first that fails is enough.
import fc from 'fast-check';

fc.configureGlobal({ seed: 1, endOnFailure: true });
