// The page asks for `api/status` every few seconds while it is looked at, and shows it. Text goes
// in as text, never as markup. Places are reused while their key stays, so that focus and
// selection survive a refresh.
"use strict";

const EVERY_MS = 5000;
const EVENTS_AT_FIRST = 25;
const SERVERS = {
  plex: "Plex Web → Account → Webhooks → Add Webhook (needs Plex Pass)",
  jellyfin: "Dashboard → Plugins → Webhook → Add Generic Destination, with Send All Properties",
  emby: "Settings → Notifications → Add Notification → Webhooks, as application/json",
};
const TONES = {
  queued: "good", delivered: "good", waiting: "warn", later: "warn", parked: "bad",
  malformed: "bad", dropped: "warn",
};

const $ = (id) => document.getElementById(id);
let status = null;
let loaded = 0;
let urls = null;
let login = null;
let shown = EVENTS_AT_FIRST;

// ---- asking

async function ask(command, fields = {}) {
  const answer = await fetch("api", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-CSRF-Token": document.querySelector("meta[name=csrf]").content,
    },
    body: JSON.stringify({ command, ...fields }),
  });
  if (answer.status === 401) return location.reload();
  const said = await answer.json().catch(() => ({ error: `no answer (${answer.status})` }));
  if (said.error) throw new Error(said.error);
  return said.ok;
}

async function refresh() {
  try {
    const answer = await fetch("api/status");
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(await answer.text());
    status = await answer.json();
    loaded = Date.now();
    show();
  } catch (error) {
    health("bad", `No answer from scrobbled: ${error.message}`);
  }
}

// Runs a click's work: the button rests meanwhile, and what goes wrong is said.
function does(button, work) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await work();
    } catch (error) {
      toast(error.message);
    } finally {
      button.disabled = false;
    }
  });
  return button;
}

let toasting;
function toast(text) {
  $("toast").textContent = text;
  clearTimeout(toasting);
  toasting = setTimeout(() => { $("toast").textContent = ""; }, 6000);
}

// ---- building

function make(tag, fields = {}, ...children) {
  const element = Object.assign(document.createElement(tag), fields);
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

// Makes a list's items the given ones; an item whose key and content are the same stays as it is.
function list(parent, items, build, empty) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const wanted = items.map((item) => {
    const key = JSON.stringify(item);
    const found = old.get(key);
    if (found) return found;
    const element = build(item);
    element.dataset.key = key;
    return element;
  });
  if (!wanted.length && empty) {
    wanted.push(old.get("empty") || make("li", { className: "empty", textContent: empty }));
    wanted[0].dataset.key = "empty";
  }
  const same = wanted.length === parent.children.length
    && wanted.every((element, place) => element === parent.children[place]);
  if (!same) parent.replaceChildren(...wanted);
}

// A sentence; what stands in backticks is something to type, or a name.
function sentence(tagName, text) {
  const parts = text.split("`");
  return make(tagName, {}, ...parts.map((part, place) =>
    (place % 2 && part ? make("code", { textContent: part }) : part)));
}

function when(text) {
  const date = new Date(text);
  const today = date.toDateString() === new Date().toDateString();
  const clock = { hour: "2-digit", minute: "2-digit" };
  const format = today ? clock : { day: "numeric", month: "short", ...clock };
  return make("time", {
    dateTime: text, title: date.toLocaleString(), textContent: date.toLocaleString([], format),
  });
}

const tag = (text, tone) => make("span", { className: `tag ${tone || ""}`, textContent: text });
const words = (...parts) => parts.filter(Boolean).join(" · ");

// ---- showing

function health(tone, text) {
  const place = $("health");
  if (place.textContent !== text) place.textContent = text;
  place.className = tone;
}

function show() {
  const troubled = status.warnings.length;
  health(troubled ? "bad" : "good",
    troubled ? (troubled === 1 ? "One thing needs a look" : `${troubled} things need a look`) : "All is well");
  $("warnings").hidden = !troubled;
  list($("warnings").querySelector("ul"), status.warnings, (text) => sentence("li", text));
  showPlaying();
  list($("accounts").querySelector("ul"), status.accounts, account);
  $("unlisted").hidden = !status.unlisted.length;
  list($("unlisted").querySelector("ul"), status.unlisted, unlisted);
  $("parked").hidden = !status.parked.length;
  count("parked", status.parked.length);
  list($("parked").querySelector("ul"), status.parked, parked);
  count("outbox", status.accounts.reduce((sum, one) => sum + one.waiting, 0));
  list($("outbox").querySelector("ul"), status.outbox, waiting, "Nothing waits: Trakt has been told everything.");
  showPlays();
  showEvents();
  showWebhooks();
  $("foot").textContent = `scrobbled ${status.version}`;
}

function count(section, number) {
  $(section).querySelector(".count").textContent = number ? `(${number})` : "";
}

function showPlaying() {
  const place = $("playing").querySelector("ul");
  const rows = status.playing.map(({ progress, ...rest }) => rest);
  list(place, rows, (row) => make("li", { className: row.paused ? "paused" : "" },
    make("div", { className: "head" },
      make("h3", { textContent: row.item }),
      tag(row.paused ? "paused" : "playing", row.paused ? "warn" : "good")),
    make("p", { className: "dim", textContent: words(row.user, row.player, row.source, row.account) }),
    make("progress", { max: 100, ariaLabel: `Progress of ${row.item}` })),
    "Nothing plays.");
  move();
}

// Between two answers the bars go on by themselves.
function move() {
  if (!status) return;
  const bars = $("playing").querySelectorAll("progress");
  status.playing.forEach((row, place) => {
    const bar = bars[place];
    if (!bar) return;
    if (row.progress === null) return bar.removeAttribute("value");
    const gone = row.paused || !row.runtime_ms ? 0 : ((Date.now() - loaded) / row.runtime_ms) * 100;
    bar.value = Math.min(100, row.progress + gone);
  });
}

function account(one) {
  const connected = one.state === "connected";
  const connect = does(make("button", {
    className: connected ? "quiet" : "main",
    textContent: connected ? "Disconnect" : "Connect",
    ariaLabel: `${connected ? "Disconnect" : "Connect"} the account ${one.name}`,
  }), () => (connected ? disconnect(one.name) : beginLogin(one.name)));
  const until = connected && one.login_until
    ? make("p", { className: "dim" }, "login good until ", when(one.login_until), ", renewed by itself")
    : null;
  return make("li", {},
    make("div", { className: "head" },
      make("h3", { textContent: one.name }),
      tag(one.state, connected ? "good" : one.dry_run ? "" : "bad"),
      one.dry_run ? "" : connect),
    sentence("p", one.sentence || "not asked yet"),
    until,
    make("p", { className: "dim", textContent: `${one.waiting} waiting, ${one.parked} parked` }));
}

async function disconnect(name) {
  if (!confirm(`Disconnect the account ${name} from Trakt? What is watched is kept until you connect it again.`)) return;
  await ask("logout", { account: name });
  await refresh();
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
  const again = does(make("button", { textContent: "Send again", ariaLabel: `Send ${entry.item} again` }),
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
  list($("events").querySelector("ul"), wanted.slice(0, shown), eventRow,
    status.events.length ? "No event is like that." : "No event yet since scrobbled has started.");
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

// ---- webhooks

async function loadUrls() {
  urls = await ask("urls");
  if (status) showWebhooks();
}

function showWebhooks() {
  if (!urls) return;
  const rows = status.sources.map((source) => ({ ...source, addresses: urls[source.source] }));
  list($("webhooks").querySelector("ul"), rows, (row) => {
    const rotate = does(make("button", { className: "quiet", textContent: "New address", ariaLabel: `New address for ${row.name}` }),
      async () => {
        if (!confirm(`Make a new address for ${row.name}? The old one stops working at once.`)) return;
        urls = await ask("rotate", { which: row.source });
        showWebhooks();
        toast(`Paste the new address into ${row.name}.`);
      });
    const heard = row.heard
      ? make("p", { className: "dim" }, "last heard ", when(row.heard))
      : make("p", { className: "dim", textContent: `Never had a webhook from ${row.name}. If you use it, paste an address in ${SERVERS[row.source]}.` });
    return make("li", {},
      make("div", { className: "head" }, make("h3", { textContent: row.name }), rotate),
      heard,
      ...row.addresses.map((address) => copyable(address, `the ${row.name} address`)));
  });
}

function copyable(text, what) {
  const field = make("input", { readOnly: true, value: text, ariaLabel: what });
  field.addEventListener("focus", () => field.select());
  const copy = does(make("button", { textContent: "Copy", ariaLabel: `Copy ${what}` }), async () => {
    field.select();
    // Browsers give the clipboard to pages with https or on localhost only, and may refuse it.
    const given = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    if (!given && !document.execCommand("copy")) throw new Error("Press Ctrl+C to copy.");
    toast("Copied.");
  });
  return make("div", { className: "url" }, field, copy);
}

// ---- connecting

async function beginLogin(name) {
  const code = await ask("login", { account: name });
  login = { name, until: Date.now() + code.expires_in * 1000 };
  const svg = new DOMParser().parseFromString(code.qr, "image/svg+xml").documentElement;
  $("qr").replaceChildren(document.importNode(svg, true));
  $("connect-url").href = code.url;
  $("connect-url").textContent = code.verification_url;
  $("code").textContent = code.user_code;
  $("connect-said").textContent = "Waiting for Trakt …";
  $("connect").showModal();
  pollLogin(login);
}

async function pollLogin(mine) {
  while (login === mine && $("connect").open) {
    await new Promise((resume) => { setTimeout(resume, 2000); });
    try {
      const state = await ask("login_state", { account: mine.name });
      if (!state.pending) {
        $("connect").close();
        toast(`Connected${state.user ? ` as ${state.user}` : ""}.`);
        return refresh();
      }
      const minutes = Math.ceil((mine.until - Date.now()) / 60000);
      $("connect-said").textContent = `Waiting for Trakt; the code is good for ${minutes} min.`;
    } catch (error) {
      $("connect-said").textContent = error.message;
      return undefined;
    }
  }
  return undefined;
}

// ---- start

does($("connect-close"), () => $("connect").close());
does($("retry-all"), async () => {
  const { retried } = await ask("retry");
  toast(`${retried} will be sent again.`);
  await refresh();
});
does($("sign-out"), async () => {
  await fetch("sign-out", {
    method: "POST",
    headers: { "X-CSRF-Token": document.querySelector("meta[name=csrf]").content },
  });
  location.reload();
});
does($("more"), () => { shown += 100; showEvents(); });
for (const id of Object.keys(FILTERS)) {
  $(id).addEventListener("change", () => { shown = EVENTS_AT_FIRST; showEvents(); });
}
if (location.hash) history.replaceState(null, "", location.pathname);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
setInterval(() => { if (!document.hidden) refresh(); }, EVERY_MS);
setInterval(move, 1000);
refresh();
loadUrls().catch((error) => toast(error.message));
