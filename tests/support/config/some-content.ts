import fc from "fast-check";

const duration = fc.constantFrom("90s", "15m", "5s", "1h30m", "90", "99d", "");
const size = fc.constantFrom("512MB", "2GiB", "1MB", "50MB", "10KB", "many");
const unit = fc.record(
  {
    command: fc.constantFrom<unknown>(
      ["node", "a.js"],
      "node 'a b'.js",
      "a | b",
      [],
      ["a", 1.5, true],
      5,
      "",
    ),
    cwd: fc.constantFrom<unknown>(".", "/srv", "", 1),
    env: fc.dictionary(
      fc.constantFrom("A", "B_1", "1C"),
      fc.constantFrom<unknown>("x", 1, 1.5, true, null, ["x"]),
    ),
    env_file: fc.constantFrom<unknown>(".env", ["a", "b"], [], [""], 1),
    pass_env: fc.constantFrom<unknown>(["HTTP_PROXY"], ["LAUNCH_FERNET_KEYS"], ["a b"], []),
    stop: fc.record({ signal: fc.constantFrom("TERM", "KILL"), grace: duration }, { requiredKeys: [] }),
    restart: fc.constantFrom("always", "never", "on-failure", "often"),
    memory_limit: size,
    restart_at: fc.constantFrom("04:30", "24:00", "4:30"),
    ready: fc.record(
      {
        http: fc.constantFrom("http://127.0.0.1:1/h", "https://x"),
        log: fc.constantFrom("up", "("),
        exec: fc.constantFrom<unknown>("true", ["a"], [], "a | b"),
        within: duration,
      },
      { requiredKeys: [] },
    ),
    ports: fc.constantFrom<unknown>([9000, "7000-7010"], [0], ["x"], [70_000], "9000"),
    local: fc.constantFrom<unknown>([5432], ["8.8.8.8:53"], ["unix:/run/x.sock"]),
    publish: fc.constantFrom<unknown>(["127.0.0.1:8080:3000"], ["x"]),
    isolation: fc.constantFrom("auto", "kernel", "vm"),
    heartbeat: fc.record({ lost_after: duration, loop: duration }, { requiredKeys: [] }),
    after: fc.constantFrom<unknown>(["b"], [""], "b"),
    tty: fc.constantFrom<unknown>(true, "yes", 1),
    stray: fc.constant(1),
  },
  { requiredKeys: [] },
);
const rare = <T>(some: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: some });
/** What a launch.yaml may hold: values that are right, nearly right and wrong. */
export const someContent: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc
  .record({
    version: fc.constantFrom<unknown>(1, 1, 1, 1, 1, 1, 2, "1"),
    database: rare(
      fc.record(
        { url: fc.constantFrom<unknown>("postgres://u@h/d", "", 1), schema: fc.constantFrom("a_b", "A") },
        { requiredKeys: [] },
      ),
    ),
    network: rare(
      fc.record(
        {
          witnesses: fc.constantFrom<unknown>(
            ["https://a.example", "http://b.example"],
            ["https://a.example"],
            ["ftp://a", "https://b"],
          ),
          direct: fc.constantFrom<unknown>("on", "off", false, "no"),
          host_key: fc.constantFrom("h-1", "h 1"),
          public_ranges: fc.constantFrom<unknown>(["127.0.0.0/8"], ["127.0.0.0/99"], [1]),
        },
        { requiredKeys: [] },
      ),
    ),
    lease: rare(fc.record({ ttl: duration }, { requiredKeys: [] })),
    history: rare(fc.record({ keep: fc.constantFrom("90d", "3d", "x") }, { requiredKeys: [] })),
    logs: rare(
      fc.record(
        {
          size,
          total: size,
          age: duration,
          keep: fc.constantFrom("30d", "0d"),
          compress: fc.constantFrom<unknown>(false, 0),
        },
        { requiredKeys: [] },
      ),
    ),
    switch: rare(
      fc.dictionary(
        fc.constantFrom("quiet_hours", "per_day", "jitter", "stray", "cooldown"),
        fc.constantFrom<unknown>("02:00-05:00", "4h", 1, 0.5, 0, "x", -1),
      ),
    ),
    notify: rare(
      fc.record(
        {
          channels: fc.dictionary(
            fc.constantFrom("ops", "a b"),
            fc.record(
              {
                webhook: fc.record(
                  {
                    url: fc.constantFrom("https://x.example/hook", "https://u:p@x/"),
                    url_file: fc.constant("u"),
                    secret_file: fc.constant("s"),
                    secret: fc.constant("s"),
                  },
                  { requiredKeys: ["secret_file"] },
                ),
                email: fc.record(
                  {
                    host: fc.constant("m"),
                    from: fc.constant("a@b"),
                    to: fc.constantFrom<unknown>("a@b", [], ["a@b"]),
                    port: fc.constantFrom<unknown>(25, 0),
                  },
                  { requiredKeys: ["host", "from", "to"] },
                ),
                telegram: fc.record(
                  { token_file: fc.constant("t"), chat: fc.constantFrom<unknown>(5, "@c", 1.5) },
                  { requiredKeys: ["token_file"] },
                ),
                on: fc.constantFrom<unknown>(["exits"], []),
                quiet_hours: fc.constantFrom("22:00-07:00", "22"),
              },
              { requiredKeys: [] },
            ),
          ),
          gather: duration,
          remind: fc.constantFrom("never", "4h", "1s"),
        },
        { requiredKeys: [] },
      ),
    ),
    metrics: rare(fc.constantFrom("127.0.0.1:9464", "0.0.0.0:1", "unix:/run/m.sock")),
    selection: rare(
      fc.record({ order: fc.constantFrom("continuity", "round_robin", "x") }, { requiredKeys: [] }),
    ),
    venues: rare(
      fc.array(
        fc.record(
          {
            venue: fc.constantFrom("binance", "desk", "D"),
            new: fc.boolean(),
            hosts: fc.constantFrom<unknown>(["api.desk.example"], [], ["a b"]),
            rules: fc.array(
              fc.record(
                {
                  name: fc.constantFrom("r", "a b"),
                  status: fc.constantFrom<unknown>([418], [], [1]),
                  code: fc.constantFrom<unknown>([-1003, "x"], [1.5]),
                  class: fc.constantFrom("banned", "rate-limited", "x", "address_banned"),
                  until: fc.constantFrom<unknown>(
                    [{ header: "retry-after" }],
                    [{ after: 5 }],
                    [{}],
                    [{ after: 5, body: "(x)" }],
                  ),
                  ip: fc.constantFrom("(.*)", "x", "("),
                },
                { requiredKeys: ["name", "class"] },
              ),
              { maxLength: 2 },
            ),
          },
          { requiredKeys: ["venue"] },
        ),
        { maxLength: 2 },
      ),
    ),
    output_rules: rare(
      fc.array(
        fc.record(
          {
            name: fc.constant("o"),
            line: fc.constantFrom("banned", "("),
            class: fc.constantFrom("x", "address_banned"),
            venue: fc.constantFrom("binance", "desk"),
          },
          { requiredKeys: ["name", "line", "class"] },
        ),
        { maxLength: 2 },
      ),
    ),
    defaults: rare(unit),
    bots: rare(fc.dictionary(fc.constantFrom("alice", "*", "fut-*", "a b", "12"), unit)),
    collectors: rare(fc.dictionary(fc.constantFrom("funding", "*"), unit)),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));
