import type { FilterValues } from '../../store/pages/paging.ts';

/** A table's files, with the filters of the page. */
export function ExportLinks({ id, values }: { readonly id: string; readonly values: FilterValues }) {
  const query = queryText(values);
  return (
    <>
      <a class="button" href={`/export/${id}.csv${query}`} download>
        CSV
      </a>
      <a class="button" href={`/export/${id}.xlsx${query}`} download>
        XLSX
      </a>
    </>
  );
}

/** Values as the end of an address. */
export function queryText(values: FilterValues): string {
  const text = new URLSearchParams(values).toString();
  return text === '' ? '' : `?${text}`;
}
