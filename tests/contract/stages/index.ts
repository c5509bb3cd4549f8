import type { VenueStage } from '../venue-stage.ts';
import { ccxtStage } from './ccxt.ts';
import { simStage } from './sim.ts';

/** Where the cases are played, by the id of the connector. */
export const STAGES: Readonly<Record<string, VenueStage>> = { sim: simStage, ccxt: ccxtStage };
