/**
 * Absolute paths of sockets and folders at which programs of the operator's shell find what runs programs outside, or passes
 * their words on to another host, as its variables name them: multiplexers, pm2, containers, the session bus, ssh's agent,
 * editors and terminals. A bot inherits the variables.
 */
export function namedDaemons(
  env: Readonly<Record<string, string | undefined>>,
  uid: number,
): readonly string[] {
  const beside = (name: string, rests: readonly string[]) =>
    env[name] === undefined ? [] : rests.map((rest) => `${env[name]}/${rest}`);
  const places = [
    ...plain.map((name) => env[name]),
    // "socket,pid,session" (tmux(1), ENVIRONMENT).
    env["TMUX"]?.split(",")[0],
    ...beside("TMUX_TMPDIR", [`tmux-${uid}`]),
    ...beside("PM2_HOME", ["rpc.sock", "pub.sock", "interactor.sock"]),
    ...["DOCKER_HOST", "CONTAINER_HOST"].map((name) => /^unix:\/\/(.*)$/.exec(env[name] ?? "")?.[1]),
    /^unix:(.*)$/.exec(env["KITTY_LISTEN_ON"] ?? "")?.[1],
    ...busPaths(env["DBUS_SESSION_BUS_ADDRESS"]),
  ];
  return places.filter((place) => place?.startsWith("/") === true && place !== "/") as string[];
}

/** Variables that hold a path and nothing else. */
const plain = [
  "SCREENDIR",
  "ZELLIJ_SOCKET_DIR",
  "SSH_AUTH_SOCK",
  "NVIM",
  "NVIM_LISTEN_ADDRESS",
  "EMACS_SOCKET_NAME",
  "VSCODE_IPC_HOOK_CLI",
  "WEZTERM_UNIX_SOCKET",
  "ALACRITTY_SOCKET",
  "I3SOCK",
  "SWAYSOCK",
];

// "unix:path=/run/user/1000/bus,guid=…;unix:path=…" (D-Bus specification, server addresses).
function busPaths(addresses = ""): readonly (string | undefined)[] {
  return addresses.split(";").map((address) => /^unix:(?:.*,)?path=([^,]+)/.exec(address)?.[1]);
}
