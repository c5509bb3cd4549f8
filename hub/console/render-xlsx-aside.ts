import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ReportDocument } from '@gatehouse/reports/render/document.ts';

/** The XLSX bytes of a document, made in a thread of its own. */
export async function renderXlsxAside(document: ReportDocument): Promise<Uint8Array> {
  const worker = new Worker(new URL('./xlsx-worker.ts', import.meta.url), { workerData: document });
  const [bytes] = await once(worker, 'message');
  return bytes as Uint8Array;
}
