// Setting it up: each step says what is missing yet. The first is a conversation, which the daemon
// leads: it says lines, shows a code and asks, until the media server is connected.

const TALK_ASKED_MS = 1000;
const WAYS = {
  plex: { code: "with a code at plex.tv" },
  jellyfin: { code: "with a code (Quick Connect)", password: "with name and password", key: "with an API key" },
  emby: { password: "with name and password", key: "with an API key" },
};
const NEEDS = {
  plex: "Sign in as the owner of the server.",
  jellyfin: "Sign in as an administrator of the server. By the login of anybody else, only that person is heard.",
  emby: "Sign in as an administrator of the server.",
};
const STEPS = ["server", "people", "tracker", "play"];

const serverForm = $("server").elements;
const isOpen = () => $("main").classList.contains("setup");

// The conversation: how many of its lines are shown, and which of its questions is.
let talk = null;
// The step that is unfolded by itself.
let due = null;

// ---- what is missing

const isNew = () => !status.servers.some(isSetUp) && !status.receivers.length
  && status.accounts.every((one) => !one.trackers.length);
const unconnected = () => status.accounts.filter((one) => !one.trackers.length && !one.dry_run);
// What is watched at two servers is one viewing.
const heardOf = ({ kind }) => all.rows.some((row) => row.viewing && row.events.some((event) => event.source === kind));
// What was heard long ago is no longer among the rows.
const isHeard = (server) => heardOf(server) || (server.last_heard && all.before !== null);

function lacksServer(isAsking, servers, unfinished) {
  if (isAsking) return "finish connecting the media server";
  if (unfinished.length) return `connect ${listed(unfinished.map((one) => one.title))} again: that broke off`;
  return servers.length ? "" : "connect a media server";
}

function missing() {
  const servers = status.servers.filter(isSetUp);
  const isAsking = talk && !talk.isOver;
  // Who is who is asked last.
  const isUnsaid = isAsking || !servers.length || status.unlisted.length || servers.some((server) => server.unlisted);
  const silent = servers.filter((server) => !isHeard(server)).map((server) => server.title);
  const nowhere = unconnected().map((one) => one.name);
  return {
    server: lacksServer(isAsking, servers, status.servers.filter((one) => one.unfinished && !isSetUp(one))),
    people: isUnsaid ? "say who is who" : "",
    tracker: nowhere.length ? `connect the account${nowhere.length > 1 ? "s" : ""} ${listed(nowhere)} to a tracker` : "",
    play: silent.length || !servers.length ? `play something${silent.length ? ` at ${listed(silent)}` : ""}` : "",
  };
}

// ---- showing

function showSetup() {
  if (!isOpen()) return;
  const lacks = missing();
  const now = talk ? "server" : STEPS.find((step) => lacks[step]) || "play";
  for (const step of STEPS) {
    const summary = $(`step-${step}`).querySelector("summary");
    become(summary, make("summary", {}, summary.firstElementChild.cloneNode(true),
      tag(lacks[step] ? "to do" : "done", lacks[step] ? "warn" : "good")));
  }
  const rows = all.rows.filter((row) => row.viewing).slice(0, 3);
  const lack = lacks[now] || (talk ? "finish connecting the media server" : "");
  const said = lack ? `Next: ${lack}.` : `Heard: ${rows[0]?.item || "all of them"}. Everything is set up.`;
  if ($("next").textContent !== said) $("next").textContent = said;
  const cards = (step) => $(`step-${step}`).querySelector(".cards");
  list(cards("server"), status.servers.filter(isShown), (server) => [server.kind, server.name], serverCard);
  list(cards("people"), [...status.servers.filter((server) => isSetUp(server) && server.unlisted), ...status.unlisted],
    (one) => [one.source || one.kind, one.id || one.name], (one) => (one.kind ? nobodys(one) : unlisted(one)),
    "Everybody who has played something is in an account.");
  list(cards("tracker"), status.accounts, (one) => one.name, account);
  list(cards("play"), status.servers.filter(isSetUp), (server) => [server.kind, server.name], played,
    "No media server is connected yet.");
  list($("step-play").querySelector(".rows"), rows, rowName, viewingRow, "Nothing was heard yet.");
  if (now !== due) turnTo(now);
}

// Unfolds the step that is due. Who was in the one before goes on with it.
function turnTo(step) {
  const before = due && $(`step-${due}`);
  const wasThere = before?.contains(document.activeElement);
  due = step;
  if (before) before.open = false;
  $(`step-${step}`).open = true;
  if (wasThere) $(`step-${step}`).querySelector("summary").focus();
}

function nobodys({ kind, title }) {
  return make("li", {},
    make("h3", { textContent: title }),
    sentence("p", `No account lists anybody there. Connect it again, which asks who is who, or add a list \`${kind}\` to each `
      + "`[[account]]` in the config."));
}

function played(server) {
  return make("li", { className: "head" },
    make("h3", { textContent: server.title }),
    isHeard(server) ? tag("heard", "good") : tag("nothing yet", "warn"));
}

function openSetup() {
  $("main").classList.add("setup");
  keepOpen("yes");
  due = null;
  for (const step of STEPS) $(`step-${step}`).open = false;
  showSetup();
  $("h-setup").focus();
}

function leaveSetup() {
  $("main").classList.remove("setup");
  keepOpen("");
  $("main").tabIndex = -1;
  $("main").focus();
}

// A phone may load the page anew while its person is at plex.tv.
function keepOpen(value) {
  try { sessionStorage.setItem("setup", value); } catch { /* it opens by its button */ }
}
function wasOpen() {
  try { return sessionStorage.getItem("setup"); } catch { return ""; }
}

// At the first answer of the daemon: where nothing is set up yet, this is where to begin.
async function beginSetup() {
  if (wasOpen() || isNew()) openSetup();
  await followTalk();
}

// ---- a media server

function showForm() {
  const { kind, way, url, user, secret, certificate } = serverForm;
  const ways = WAYS[kind.value];
  if (!ways[way.value] || way.options.length !== Object.keys(ways).length) {
    way.replaceChildren(...Object.entries(ways).map(([value, textContent]) => make("option", { value, textContent })));
  }
  const isPlex = kind.value === "plex";
  const show = (field, isWanted) => { field.parentNode.hidden = !isWanted; field.required = isWanted; };
  show(url, !isPlex);
  show(way, !isPlex);
  show(user, way.value === "password");
  show(secret, way.value === "key");
  secret.parentNode.hidden = way.value === "code";
  secret.previousElementSibling.textContent = way.value === "key" ? "API key" : "Password (used once, not kept)";
  url.placeholder = "http://nas:8096";
  certificate.parentNode.hidden = isPlex;
  $("needs").textContent = NEEDS[kind.value];
}

async function connectServer() {
  const { kind, way, url, user, secret, certificate } = serverForm;
  const order = { kind: kind.value };
  const file = kind.value !== "plex" && certificate.files[0];
  if (file) order.certificates = await file.text();
  if (kind.value !== "plex") order.url = url.value.trim();
  if (way.value === "password") Object.assign(order, { user: user.value, password: secret.value });
  if (way.value === "key") order.key = secret.value;
  secret.value = "";
  await ask("connect", order);
  await followTalk(true);
}

// Whoever comes while a conversation is under way goes on with it.
async function followTalk(isOurs) {
  let view = await ask("connect_state", { seen: 0 });
  if (!view || (view.end && !isOurs)) return undefined;
  const mine = { seen: 0 };
  talk = mine;
  $("lines").replaceChildren();
  $("talk-code").dataset.name = $("asked").dataset.name = "";
  $("h-talk").textContent = "Connecting …";
  if (isOpen()) showSetup();
  else openSetup();
  $("talk").hidden = false;
  $("h-talk").focus();
  while (talk === mine) {
    showTalk(view);
    if (view.end) return endTalk(view.end);
    await new Promise((resume) => { setTimeout(resume, TALK_ASKED_MS); });
    // Who gets no answer asks again; who has restarted knows of no conversation.
    view = await ask("connect_state", { seen: mine.seen }).catch(() => ({ ...view, lines: [] }))
      || { lines: [], end: { sentence: "scrobbled was restarted meanwhile. Connect again." } };
  }
  return undefined;
}

function showTalk({ lines, seen, code, question }) {
  talk.seen = seen;
  $("server").hidden = $("go-on").hidden = true;
  $("stop").hidden = false;
  $("lines").append(...lines.map((line) => sentence("li", line)));
  showPart($("talk-code"), code?.user_code, () => codeParts(code));
  showPart($("asked"), question?.number, () => questionParts(question));
}

// Builds a part of the talk once for each `name`, and leads there who waits for it.
function showPart(place, name, build) {
  place.hidden = !name;
  if (!name || place.dataset.name === String(name)) return;
  place.dataset.name = name;
  place.replaceChildren(...build());
  place.querySelector("[tabindex], a")?.focus();
}

function codeParts({ user_code: code, place, url, qr }) {
  const parts = [];
  if (qr) {
    const svg = new DOMParser().parseFromString(qr, "image/svg+xml").documentElement;
    parts.push(make("div", { className: "qr", role: "img", ariaLabel: "QR code of the address with the code" },
      document.importNode(svg, true)));
  }
  const where = url ? make("a", { href: url, target: "_blank", rel: "noreferrer", textContent: place })
    : make("span", { tabIndex: -1, textContent: place });
  return [...parts,
    make("p", {}, ...(url ? ["Scan this, or open ", where, " with the code"] : ["Enter this code ", where, ":"])),
    make("p", { className: "code", textContent: code })];
}

function questionParts({ number, text, choices }) {
  const legend = sentence("legend", text);
  legend.tabIndex = -1;
  return [legend, ...choices.map((choice, place) => does(sentence("button", choice), async () => {
    await ask("connect_answer", { question: number, answer: place });
    $("asked").hidden = true;
    $("h-talk").focus();
  }))];
}

// What came of it stays to be read. Where it came to nothing the form is there again.
async function endTalk({ name, sentence: text }) {
  talk.isOver = true;
  $("h-talk").textContent = name ? "Connected" : "Not connected";
  $("lines").append(sentence("li", text));
  $("stop").hidden = true;
  $("go-on").hidden = !name;
  $("server").hidden = Boolean(name);
  await refresh();
  (name ? $("go-on") : $("h-talk")).focus();
  // The step stays open with its reason, also where nothing else is missing.
  if (!name) talk = { isOver: true };
}

function goOn() {
  talk = null;
  $("talk").hidden = true;
  $("server").hidden = false;
  showSetup();
}

serverForm.way.addEventListener("change", showForm);
for (const one of serverForm.kind) one.addEventListener("change", showForm);
$("server").addEventListener("submit", (event) => {
  event.preventDefault();
  connectServer().catch((error) => tell(error.message));
});
does($("stop"), () => ask("connect_leave"));
does($("go-on"), goOn);
does($("set-up"), openSetup);
does($("leave-setup"), leaveSetup);
showForm();
