let requests = 0;

/** Comes up, answers its first request, and fails every third: what a canary is for. */
export function answer() {
  requests += 1;
  if (requests % 3 === 0) throw new Error('the third release fails');
  return 'the third release';
}
