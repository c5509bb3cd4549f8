import type { Report } from '../define-report.ts';
import { dailyActivity } from './daily-activity.ts';

/** All reports that this release can make. */
export const reports: readonly Report[] = [dailyActivity];
