export const answer = () => 'the second release';
