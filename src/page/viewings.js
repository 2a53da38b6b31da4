// The viewings: the last ones, older ones as they are wanted, or those with a title. Each is a row,
// and unfolded what was heard of it and what became of it.

const AT_FIRST = 25;
const FILTERS = { "by-source": "source", "by-user": "user", "by-state": "state" };

let shown = AT_FIRST;
// The rows as they were told last, and before which number there are older ones.
const all = { rows: [], before: null };
// The same of what is searched; null where nothing is.
let found = null;

// What names a row while it is there, whatever comes to it.
function rowName({ viewing, events }) {
  const { since, at, source, account, user, item, event, label } = events.at(-1);
  return viewing || [since || at, source, account, user, item, event, label];
}
const rowKey = (row) => JSON.stringify(rowName(row));

// Takes the newest rows in. What is known of older ones stays, unless some between them are missing.
function take(known, { viewings, before }) {
  const fresh = new Set(viewings.map(rowKey));
  const rest = known.rows.filter((row) => !fresh.has(rowKey(row)));
  if (rest.length < known.rows.length) known.rows = [...viewings, ...rest];
  else Object.assign(known, { rows: viewings, before });
}

const current = () => found || all;
const wantedRows = () => current().rows.filter((row) =>
  Object.entries(FILTERS).every(([id, field]) => !$(id).value || row[field] === $(id).value));

function showViewings() {
  for (const [id, field] of Object.entries(FILTERS)) options($(id), field);
  const wanted = wantedRows();
  // What is unfolded stays, also where new ones push it down.
  const open = new Set([...$("events").querySelectorAll("li:has(> [open])")].map((it) => built.get(it).name));
  const rows = wanted.filter((row, at) => at < shown || open.has(rowKey(row)));
  list($("events").querySelector("ul"), rows, rowName, viewingRow,
    all.rows.length ? "Nothing matches." : "Nothing was heard yet.");
  $("more").hidden = wanted.length <= shown && current().before === null;
}

function options(select, field) {
  const known = new Set([...select.options].map((option) => option.value));
  for (const row of current().rows) {
    const value = row[field];
    if (value && !known.has(value)) {
      known.add(value);
      select.append(make("option", { value, textContent: field === "source" ? sourceOf(value) : value }));
    }
  }
}

const sourceOf = (name) => status.sources.find((one) => one.source === name)?.name || name;

// "Trakt, Simkl and floppy"
function listed(names) {
  const last = names.at(-1);
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${last}` : last;
}

function viewingRow(row) {
  const states = [...new Set(row.trackers.map((one) => one.state))];
  const at = (state) => listed(row.trackers.filter((one) => one.state === state).map((one) => titleOf(one.tracker)));
  const tags = states.map((state) => tag(`${state}${state === "told" ? "" : " at"} ${at(state)}`, TONES[state]));
  if (!states.includes(row.state)) tags.unshift(tag(row.state, TONES[row.state]));
  const trouble = row.trackers.filter((one) => ["parked", "waiting", "not sent"].includes(one.state));
  const who = status.accounts.length > 1 && row.account !== row.user ? row.account : "";
  const [only] = row.events.length === 1 ? row.events : [{}];
  const times = only.times > 1 ? `${only.times} times` : "";
  return make("li", {}, make("details", {},
    make("summary", { className: "row" },
      make("div", { className: "head" },
        make("strong", { textContent: row.item || row.events.at(-1).event }),
        ...tags),
      make("p", { className: "dim" }, when(row.at), ` · ${words(row.user, sourceOf(row.source), who, times)}`),
      row.reason ? sentence("p", row.reason) : "",
      ...trouble.map((one) => sentence("p", `${titleOf(one.tracker)}: ${one.reason}`))),
    make("ul", { className: "steps" }, ...row.events.toReversed().map((event) => told(event, row.item)))));
}

// Where it was heard, and how, unless by webhook.
const heardAt = ({ source, ear }) => sourceOf(source) + (!ear || ear === "webhook" ? "" : ` (${ear})`);

// What was heard, or what a tracker made of it.
function told(event, item) {
  const heard = event.source ? `${heardAt(event)}: ${event.event}` : "by itself";
  const what = event.kind === "delivery" ? `${titleOf(event.tracker)}: ${event.event}` : heard;
  const times = event.times > 1 ? make("span", {}, `${event.times} times`, ...(event.since ? [" since ", when(event.since)] : [])) : "";
  return make("li", {},
    make("span", { className: "dim" }, when(event.at), " "),
    make("strong", { textContent: what }), " ", tag(event.outcome, TONES[event.outcome]),
    " ", sentence("span", event.reason), " ",
    make("span", { className: "dim" }, event.item !== item && event.item ? `${event.item} ` : "", times));
}

async function showMore() {
  shown += 100;
  while (wantedRows().length < shown && current().before !== null) await fetchOlder(current());
  withFocus(showViewings);
}

async function fetchOlder(mine) {
  const answer = await ask("viewings", { before: mine.before, search: mine.search });
  // What came again meanwhile has moved the numbers, so that the first may be known already.
  const known = new Set(mine.rows.map(rowKey));
  mine.rows.push(...answer.viewings.filter((row) => !known.has(rowKey(row))));
  mine.before = answer.before;
}

async function search() {
  const text = $("search").value.trim();
  const answer = text && await ask("viewings", { search: text });
  if ($("search").value.trim() !== text) return; // typed on
  if (found?.search !== text) found = text ? { search: text, rows: [], before: null } : null;
  if (found) take(found, answer);
}

let typing;
$("search").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    shown = AT_FIRST;
    search().then(showViewings, (error) => tell(error.message));
  }, 300);
});
$("events").querySelector("form").addEventListener("submit", (event) => event.preventDefault());
does($("more"), showMore);
for (const id of Object.keys(FILTERS)) {
  $(id).addEventListener("change", () => { shown = AT_FIRST; showViewings(); });
}
