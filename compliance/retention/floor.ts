/** The name of the firm's own floor, where classes are named. */
export const FLOOR = 'firm-floor';
