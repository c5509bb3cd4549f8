import { ccxt } from './ccxt.ts';
import type { Connector } from './define-connector.ts';
import { sim } from './sim.ts';

/** All connectors. */
export const CONNECTORS: readonly Connector[] = [sim, ccxt];
