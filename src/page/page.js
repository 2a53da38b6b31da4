// The page asks for `api/status` every few seconds while it is looked at, and shows it. Last of the
// files that go out as one script: it starts the page. The script of the page to sign in has run
// before it, and left `session` and `forget`.

const EVERY_MS = 5000;
const LATE_MS = 2000;
const TONES = {
  queued: "good", delivered: "good", waiting: "warn", later: "warn", parked: "bad",
  malformed: "bad", dropped: "warn", refused: "bad", playing: "good", paused: "warn",
  counted: "good", rated: "good", "rating removed": "good", "marked as unwatched": "good",
  "not sent": "warn", sent: "good", told: "good",
};

let status = null;
let loaded = 0;

// ---- asking

// Nobody has answered; that may pass.
class NoAnswer extends Error {}

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
  }).catch((error) => { throw new NoAnswer(`No answer from scrobbled: ${error.message}; try again.`); });
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
    const isFirst = !status;
    status = await answer.json();
    loaded = Date.now();
    take(all, status.viewings);
    if (found) await search();
    withFocus(show);
    if (isFirst) beginSetup().catch((error) => tell(error.message));
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
  // Who has only just begun has no problem in that.
  const isFresh = isNew();
  const warnings = status.warnings.filter((text) => !isFresh || !text.includes("login needed"));
  const troubled = warnings.length;
  const well = isFresh ? "Nothing is set up yet" : "All is well";
  health(troubled ? "bad" : (isFresh ? "warn" : "good"),
    troubled ? (troubled === 1 ? "One problem" : `${troubled} problems`) : well);
  $("warnings").hidden = !troubled;
  list($("warnings").querySelector("ul"), warnings, (text) => text, (text) => sentence("li", text));
  list($("findings"), status.findings, (text) => text, (text) => sentence("li", text));
  showPlaying();
  showServers();
  list($("accounts").querySelector("ul"), status.accounts, (one) => one.name, account);
  $("receivers").hidden = !status.receivers.length;
  list($("receivers").querySelector("ul"), status.receivers, (one) => one.name, receiver);
  $("unlisted").hidden = !status.unlisted.length;
  list($("unlisted").querySelector("ul"), status.unlisted, (user) => [user.source, user.id], unlisted);
  $("parked").hidden = !status.parked.length;
  count("parked", status.parked.length);
  list($("parked").querySelector("ul"), status.parked, (entry) => entry.id, parked);
  count("outbox", [...status.accounts, ...status.receivers].reduce((sum, one) => sum + one.waiting, 0));
  list($("outbox").querySelector("ul"), status.outbox, (entry) => entry.id, waiting,
    "Nothing is waiting.");
  showPlays();
  showViewings();
  showWebhooks();
  showSetup();
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
    make("p", { className: "dim", textContent: words(row.user, row.player, sourceOf(row.source), row.account) }),
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

// An account: how it is at each tracker, and what can be connected yet.
function account(one) {
  const isOnly = !one.trackers.length;
  const connected = one.trackers.length && one.state === "connected";
  const more = one.dry_run ? 0 : candidates(one).length;
  const button = more ? does(make("button", {
    className: isOnly ? "main" : "quiet",
    textContent: isOnly ? "Connect" : "Connect another",
    ariaLabel: isOnly ? `Connect the account ${one.name}` : `Connect the account ${one.name} to another tracker`,
  }), () => connect(one)) : "";
  // The problems above say it in full.
  const needs = { "login needed": "Press Connect. Plays are kept until then." }[one.state] || one.sentence
    || "starting: no answer from the tracker yet";
  return make("li", {},
    make("div", { className: "head" },
      make("h3", { textContent: one.name }),
      tag(one.no_app ? "no app" : one.state, connected ? "good" : one.dry_run || one.state === "receivers only" ? "" : "bad"),
      button),
    isOnly ? sentence("p", one.no_app ? keyOnly(more) : needs) : "",
    ...one.trackers.map((it) => atTracker(one, it)),
    isOnly ? amounts(one) : "");
}

// Without any app there may still be a tracker that takes a key.
const keyOnly = (more) => more
  ? "Press Connect to use an API key, or see the problems above. Plays are kept until then."
  : "It can't be connected to any tracker yet: see the problems above. Plays are kept until then.";

const amounts = ({ waiting, parked }) => make("p", { className: "dim", textContent: `${waiting} waiting, ${parked} parked` });

// An account at a tracker.
function atTracker(of, it) {
  const title = titleOf(it.tracker);
  const button = (text, className, work) => does(make("button", {
    className, textContent: text, ariaLabel: `${text} the account ${of.name} ${text === "Connect" ? "to" : "from"} ${title}`,
  }), work);
  const isOver = it.state === "login needed";
  const state = isOver
    ? `${title}: login needed. Press Connect; plays are kept until then.`
    : it.sentence || `${title}: starting, no answer yet`;
  return make("div", { className: "at" },
    make("div", { className: "head" },
      sentence("p", state),
      of.dry_run || !isOver ? "" : button("Connect", "main", () => begin(of.name, it.tracker)),
      of.dry_run ? "" : button("Disconnect", "quiet", () => disconnect(of, it))),
    it.state === "connected" && it.login_until
      ? make("p", { className: "dim" }, "login valid until ", when(it.login_until), ", renewed automatically")
      : "",
    amounts(it));
}

function receiver(one) {
  const tone = { connected: "good", starting: "" }[one.state] ?? "bad";
  return make("li", {},
    make("div", { className: "head" }, make("h3", { textContent: one.name }), tag(one.state, tone)),
    sentence("p", one.sentence),
    make("p", { className: "dim", textContent: `${one.host} · ${one.waiting} waiting, ${one.parked} parked` }));
}

function unlisted(user) {
  const name = user.name || user.id;
  return make("li", {},
    make("h3", { textContent: `${name} (${sourceOf(user.source)})` }),
    sentence("p", user.mend),
    copyable(user.entry, `the entry for ${name}`));
}

function intent(entry) {
  const progress = ["rate", "unrate", "mark", "unmark"].includes(entry.action) ? "" : `${entry.progress} %`;
  return [
    make("strong", { textContent: entry.item }),
    make("p", { className: "dim" }, `${words(entry.action, progress, entry.account, entry.tracker && titleOf(entry.tracker))} · `, when(entry.at)),
    entry.reason ? sentence("p", entry.reason) : null,
  ];
}

function parked(entry) {
  const discard = does(make("button", {
    className: "quiet", textContent: "Discard", ariaLabel: `Discard: ${entry.item}`,
  }), () => giveUp(entry.id, `Discard ${entry.item}? It will never be sent.`));
  return make("li", { className: "head" }, make("div", {}, ...intent(entry).filter(Boolean),
    make("p", { className: "dim" }, "discarded by itself ", when(entry.ends))),
  again(entry, "Send again"), discard);
}

function waiting(entry) {
  return make("li", { className: "head" }, make("div", {}, ...intent(entry).filter(Boolean),
    entry.next ? make("p", { className: "dim" }, "next try ", when(entry.next)) : ""),
  again(entry, "Try now"));
}

function again(entry, textContent) {
  return does(make("button", { textContent, ariaLabel: `${textContent}: ${entry.item}` }), () => retry(entry));
}

// Sends one again, or all that are parked, and says what became of it. What is not well stays to be
// read.
async function retry(entry) {
  toast("Sending …");
  const { retried, became } = await ask("retry", entry ? { id: entry.id } : {});
  await refresh();
  const left = retried - became.length;
  const isWell = retried && !left && became.every(({ outcome }) => ["delivered", "rehearsed"].includes(outcome));
  let text = "It is not there any more.";
  if (entry && retried) text = left ? "on its way; its viewing will say what becomes of it" : fate(became[0]);
  if (!entry) text = counted(became, left);
  if (entry) text = `${entry.item}: ${text}`;
  toast(isWell ? text : "");
  if (!isWell) tell(text);
}

function fate({ outcome, until, reason }) {
  const not = until ? `waits until ${when(until).textContent}` : "waits";
  const word = { parked: "parked again", later: not, dropped: "dropped" }[outcome];
  return word ? `${word}: ${reason}` : reason;
}

function counted(became, left) {
  const words = {
    delivered: "sent", rehearsed: "rehearsed", parked: "parked again", later: "waiting", dropped: "dropped",
  };
  const parts = Object.entries(words).map(([outcome, word]) => {
    const number = became.filter((one) => one.outcome === outcome).length;
    return number ? `${number} ${word}` : "";
  });
  return [...parts, left ? `${left} on the way` : ""].filter(Boolean).join(", ") || "Nothing is parked.";
}

async function giveUp(id, question) {
  if (!confirm(question)) return;
  const { dropped } = await ask("drop", { id });
  toast(dropped ? `${dropped} discarded.` : "It is not there any more.");
  await refresh();
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

// ---- start

does($("connect-close"), () => $("connect").close());
does($("connect-again"), newCode);
$("connect-key").addEventListener("submit", (event) => {
  event.preventDefault();
  inDialog(logInWithKey);
});
does($("disconnect-yes"), () => leaving());
does($("disconnect-no"), () => $("disconnect").close());
does($("retry-all"), () => retry());
does($("discard-all"), () => giveUp("all", "Discard all that is parked? It will never be sent."));
does($("sign-out"), async () => {
  await post("sign-out", {});
  leave();
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
setInterval(() => { if (!document.hidden) refresh(); }, EVERY_MS);
setInterval(move, 1000);
refresh();
for (const work of [loadUrls, followRun]) work().catch((error) => tell(error.message));
