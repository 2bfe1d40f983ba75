import type { DatabaseAddress } from "../../ports/database-server.ts";
import { checkSocketFolder, socketFolder } from "./cluster/socket-folder.ts";
import { fileTrouble, makeStateFolder } from "./cluster/state-folder.ts";
import { serverNames } from "./server/server-names.ts";
import type { DatabaseServerOptions } from "./server/server-options.ts";
import { type ServerUser, serverUser } from "./server/server-user.ts";
import { type StateLayout, stateLayout } from "./server/state-layout.ts";

/** One state folder's server with everything that its functions need. */
export interface ServerContext {
  readonly options: DatabaseServerOptions;
  readonly layout: StateLayout;
  user(): ServerUser;
  /** The launcher's address; touches nothing. */
  address(): DatabaseAddress;
  /** The same, after the socket folder was found to be ours or absent. */
  checkedAddress(): DatabaseAddress;
  /** Makes the folders that the lock lies in. */
  startLockPath(): Promise<string>;
}

/** Binds the options; reads nothing yet. */
export function serverContext(options: DatabaseServerOptions): ServerContext {
  const layout = stateLayout(options.stateFolder);
  // Asked anew each time: the first start decides whose the data is.
  const user = () => serverUser(layout, process.geteuid?.() ?? -1);
  const address = (): DatabaseAddress => ({
    socketFolder: socketFolder(layout, user().uid),
    port: serverNames.port,
    user: serverNames.launcher,
    database: serverNames.database,
  });
  return {
    options,
    layout,
    user,
    address,
    checkedAddress() {
      try {
        const checked = address();
        checkSocketFolder(checked.socketFolder, user());
        return checked;
      } catch (error) {
        throw fileTrouble(layout, error);
      }
    },
    async startLockPath() {
      try {
        await makeStateFolder(layout, user());
      } catch (error) {
        throw fileTrouble(layout, error);
      }
      return layout.startLock;
    },
  };
}
