// The page asks for `api/status` every few seconds while it is looked at, and shows it. Last of the
// files that go out as one script: it starts the page. The script of the page to sign in has run
// before it, and left `session` and `forget`.

const EVERY_MS = 5000;
const EVENTS_AT_FIRST = 25;
const LATE_MS = 2000;
const TONES = {
  queued: "good", delivered: "good", waiting: "warn", later: "warn", parked: "bad",
  malformed: "bad", dropped: "warn", refused: "bad",
};

let status = null;
let loaded = 0;
let shown = EVENTS_AT_FIRST;

// ---- asking

// What is answered to who has signed in. It does not end where the session has: the page does. (429
// is for sessions that are none, where that was shown often.)
async function fetched(path, request = {}) {
  const headers = { ...request.headers, "X-Scrobbled-Session": session };
  const answer = await fetch(path, { ...request, headers });
  if (answer.status !== 401 && answer.status !== 429) return answer;
  leave();
  return new Promise(() => {});
}

function leave() {
  forget();
  location.reload();
}

async function post(path, fields) {
  const answer = await fetched(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(fields),
  });
  const said = await answer.json().catch(() => ({ error: `no answer (${answer.status})` }));
  if (said.error) throw new Error(said.error);
  return said;
}

async function ask(command, fields = {}) {
  return (await post("api", { command, ...fields })).ok;
}

async function refresh() {
  try {
    const answer = await fetched("api/status");
    if (!answer.ok) throw new Error(await answer.text());
    status = await answer.json();
    loaded = Date.now();
    withFocus(show);
  } catch (error) {
    health("bad", `No answer from scrobbled: ${error.message}`);
  }
}

// ---- showing

function health(tone, text) {
  const place = $("health");
  if (place.textContent !== text) place.textContent = text;
  place.className = tone;
}

function show() {
  const troubled = status.warnings.length;
  health(troubled ? "bad" : "good",
    troubled ? (troubled === 1 ? "One problem" : `${troubled} problems`) : "All is well");
  $("warnings").hidden = !troubled;
  list($("warnings").querySelector("ul"), status.warnings, (text) => text, (text) => sentence("li", text));
  list($("findings"), status.findings, (text) => text, (text) => sentence("li", text));
  showPlaying();
  list($("accounts").querySelector("ul"), status.accounts, (one) => one.name, account);
  $("unlisted").hidden = !status.unlisted.length;
  list($("unlisted").querySelector("ul"), status.unlisted, (user) => [user.source, user.id], unlisted);
  $("parked").hidden = !status.parked.length;
  count("parked", status.parked.length);
  list($("parked").querySelector("ul"), status.parked, (entry) => entry.id, parked);
  count("outbox", status.accounts.reduce((sum, one) => sum + one.waiting, 0));
  list($("outbox").querySelector("ul"), status.outbox, (entry) => entry.id, waiting,
    "Nothing is waiting: everything was sent to Trakt.");
  showPlays();
  showEvents();
  showWebhooks();
  $("foot").textContent = `scrobbled ${status.version}`;
}

function count(section, number) {
  $(section).querySelector(".count").textContent = number ? `(${number})` : "";
}

function showPlaying() {
  const rows = status.playing.map(({ progress, ...rest }) => rest);
  list($("playing").querySelector("ul"), rows, ({ paused, runtime_ms, ...seat }) => seat, playing, "Nothing is playing.");
  move();
}

function playing(row) {
  return make("li", { className: row.paused ? "paused" : "" },
    make("div", { className: "head" },
      make("h3", { textContent: row.item }),
      tag(row.paused ? "paused" : "playing", row.paused ? "warn" : "good")),
    make("p", { className: "dim", textContent: words(row.user, row.player, row.source, row.account) }),
    make("progress", { max: 100, ariaLabel: `Progress of ${row.item}` }));
}

// Between two answers the bars go on by themselves. That an answer took longer than the one before
// is no step back.
function move() {
  if (!status) return;
  const bars = $("playing").querySelectorAll("progress");
  status.playing.forEach((row, place) => {
    const bar = bars[place];
    if (row.progress === null) return bar.removeAttribute("value");
    const share = (ms) => (row.paused || !row.runtime_ms ? 0 : (ms / row.runtime_ms) * 100);
    const at = Math.min(100, row.progress + share(Date.now() - loaded));
    const isLate = bar.position >= 0 && at <= bar.value && at >= bar.value - share(LATE_MS);
    if (!isLate) bar.value = at;
  });
}

function account(one) {
  const connected = one.state === "connected";
  const connect = does(make("button", {
    className: connected ? "quiet" : "main",
    textContent: connected ? "Disconnect" : "Connect",
    ariaLabel: `${connected ? "Disconnect" : "Connect"} the account ${one.name}`,
  }), () => (connected ? disconnect(one.name) : beginLogin(one.name)));
  const state = one.state === "login needed"
    ? "login needed: press Connect; plays are kept until then"
    : one.sentence || "starting: Trakt has not answered yet";
  const until = connected && one.login_until
    ? make("p", { className: "dim" }, "login valid until ", when(one.login_until), ", renewed automatically")
    : null;
  return make("li", {},
    make("div", { className: "head" },
      make("h3", { textContent: one.name }),
      tag(one.no_app ? "no app" : one.state, connected ? "good" : one.dry_run ? "" : "bad"),
      one.dry_run || one.no_app ? "" : connect),
    sentence("p", state),
    until,
    make("p", { className: "dim", textContent: `${one.waiting} waiting, ${one.parked} parked` }));
}

function unlisted(user) {
  const name = user.name || user.id;
  return make("li", {},
    make("h3", { textContent: `${name} (${user.source})` }),
    sentence("p", user.mend),
    copyable(user.entry, `the entry for ${name}`));
}

function intent(entry) {
  const progress = ["rate", "unrate", "mark", "unmark"].includes(entry.action) ? "" : `${entry.progress} %`;
  return [
    make("strong", { textContent: entry.item }),
    make("p", { className: "dim" }, `${words(entry.action, progress, entry.account)} · `, when(entry.at)),
    entry.reason ? sentence("p", entry.reason) : null,
  ];
}

function parked(entry) {
  const again = does(make("button", { textContent: "Send again", ariaLabel: `Send again: ${entry.item}` }),
    async () => { await ask("retry", { id: entry.id }); await refresh(); });
  return make("li", { className: "head" }, make("div", {}, ...intent(entry).filter(Boolean)), again);
}

function waiting(entry) {
  return make("li", {}, ...intent(entry).filter(Boolean),
    entry.next ? make("p", { className: "dim" }, "next try ", when(entry.next)) : null);
}

function showPlays() {
  const days = [];
  for (let back = 30; back >= 0; back -= 1) {
    const day = new Date();
    day.setDate(day.getDate() - back);
    days.push({ day, name: day.toDateString(), plays: 0 });
  }
  const byName = new Map(days.map((day) => [day.name, day]));
  for (const play of status.plays) {
    const day = byName.get(new Date(play.at).toDateString());
    if (day) day.plays += 1;
  }
  const most = Math.max(1, ...days.map((day) => day.plays));
  const total = days.reduce((sum, day) => sum + day.plays, 0);
  count("plays", total);
  $("plays").querySelector(".ends span").textContent =
    days[0].day.toLocaleDateString([], { day: "numeric", month: "short" });
  const bars = $("bars");
  bars.ariaLabel = `${total} plays in 31 days, at most ${most} on a day`;
  while (bars.children.length < days.length) bars.append(make("i"));
  days.forEach(({ day, plays }, place) => {
    const bar = bars.children[place];
    bar.style.height = `${(plays / most) * 100}%`;
    bar.className = plays ? "" : "none";
    bar.title = `${day.toLocaleDateString([], { day: "numeric", month: "short" })}: ${plays}`;
  });
}

const FILTERS = { "by-source": "source", "by-user": "user", "by-outcome": "outcome" };

function showEvents() {
  for (const [id, field] of Object.entries(FILTERS)) options($(id), field);
  const wanted = status.events.filter((event) =>
    Object.entries(FILTERS).every(([id, field]) => !$(id).value || event[field] === $(id).value));
  list($("events").querySelector("ul"), wanted.slice(0, shown), ({ times, reason, ...event }) => event, eventRow,
    status.events.length ? "No events match." : "No events yet.");
  $("more").hidden = wanted.length <= shown;
}

function options(select, field) {
  const known = new Set([...select.options].map((option) => option.value));
  for (const event of status.events) {
    const value = event[field];
    if (value && !known.has(value)) {
      known.add(value);
      select.append(make("option", { value, textContent: value }));
    }
  }
}

function eventRow(event) {
  const times = event.times > 1 ? `${event.times} times` : "";
  return make("li", {},
    make("div", { className: "head" },
      make("strong", { textContent: event.item || event.event }),
      tag(event.outcome, TONES[event.outcome])),
    sentence("p", event.reason),
    make("p", { className: "dim" }, when(event.at), ` · ${words(event.item && event.event, event.user, event.source, event.account, times)}`));
}

// ---- start

does($("connect-close"), () => $("connect").close());
does($("retry-all"), async () => {
  const { retried } = await ask("retry");
  toast(`${retried} will be sent again.`);
  await refresh();
});
does($("sign-out"), async () => {
  await post("sign-out", {});
  leave();
});
does($("more"), () => { shown += 100; withFocus(showEvents); });
for (const id of Object.keys(FILTERS)) {
  $(id).addEventListener("change", () => { shown = EVENTS_AT_FIRST; showEvents(); });
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
setInterval(() => { if (!document.hidden) refresh(); }, EVERY_MS);
setInterval(move, 1000);
refresh();
loadUrls().catch((error) => toast(error.message));
