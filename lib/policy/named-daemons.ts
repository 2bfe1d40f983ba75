/**
 * Absolute paths of sockets and folders at which programs of the operator's shell find daemons that run programs outside, as
 * its variables name them: multiplexers, pm2, containers, the session bus. A bot inherits the variables.
 */
export function namedDaemons(
  env: Readonly<Record<string, string | undefined>>,
  uid: number,
): readonly string[] {
  const beside = (name: string, rests: readonly string[]) =>
    env[name] === undefined ? [] : rests.map((rest) => `${env[name]}/${rest}`);
  const places = [
    // "socket,pid,session" (tmux(1), ENVIRONMENT).
    env["TMUX"]?.split(",")[0],
    ...beside("TMUX_TMPDIR", [`tmux-${uid}`]),
    env["SCREENDIR"],
    ...beside("PM2_HOME", ["rpc.sock", "pub.sock", "interactor.sock"]),
    ...["DOCKER_HOST", "CONTAINER_HOST"].map((name) => /^unix:\/\/(.*)$/.exec(env[name] ?? "")?.[1]),
    ...busPaths(env["DBUS_SESSION_BUS_ADDRESS"]),
  ];
  return places.filter((place) => place?.startsWith("/") === true && place !== "/") as string[];
}

// "unix:path=/run/user/1000/bus,guid=…;unix:path=…" (D-Bus specification, server addresses).
function busPaths(addresses = ""): readonly (string | undefined)[] {
  return addresses.split(";").map((address) => /^unix:(?:.*,)?path=([^,]+)/.exec(address)?.[1]);
}
