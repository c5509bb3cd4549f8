import type { VenueStage } from '../venue-stage.ts';

/** What a case does on a stage. */
export type CaseBody = (stage: VenueStage) => Promise<void>;
