export const answer = () => 'the first release';
