import { parentPort, workerData } from 'node:worker_threads';
import type { ReportDocument } from '@gatehouse/reports/render/document.ts';
import { renderXlsx } from '@gatehouse/reports/render/xlsx.ts';

// A thread of its own: a hundred thousand rows take seconds, and ingest must not wait for them.
const bytes = await renderXlsx(workerData as ReportDocument);
parentPort?.postMessage(bytes);
