import { dataFolderOf } from './data-folder.ts';
import { readPostmasterFile } from './postmaster-file.ts';
import { isServerProcess } from './process-table.ts';
import { findServerPackage } from './server-package.ts';
import { prepareServerTree } from './server-tree.ts';
import { chooseServerUser } from './server-user.ts';
import { stopPostmaster } from './stop-postmaster.ts';

/**
 * Ends the server that a killed hub left running on this folder; false where there is none.
 *
 * Errors: `DATABASE_UNREACHABLE` when it does not go.
 */
export async function stopLeftServer(folder: string): Promise<boolean> {
  const dataFolder = dataFolderOf(folder);
  const file = await readPostmasterFile(dataFolder);
  if (file === undefined || !(await isServerProcess(file.pid, file.dataFolder))) return false;
  const user = await chooseServerUser(dataFolder);
  const tree = await prepareServerTree({ source: findServerPackage(), folder, user });
  await stopPostmaster(file.pid, tree);
  return true;
}
