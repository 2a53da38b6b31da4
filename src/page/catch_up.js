// Looking through the servers' histories: a run is begun, and asked for until it is over.

const RUN_ASKED_MS = 1000;

async function catchUp(isDry) {
  const back = Number($("back").value);
  await ask("catch_up", { back: back || null, dry_run: isDry });
  await followRun();
}

// Whoever comes while a run is under way sees how it ends, too.
async function followRun() {
  let state = await ask("catch_up_state");
  while (state?.pending) {
    $("caught").textContent = "Reading the histories …";
    await new Promise((resume) => { setTimeout(resume, RUN_ASKED_MS); });
    state = await ask("catch_up_state");
  }
  if (state) withFocus(() => showReport(state));
}

function showReport({ dry_run: isDry, servers, not_asked: notAsked }) {
  const sum = (what) => servers.reduce((all, one) => all + one[what], 0);
  const sent = isDry ? "would be sent" : "to be sent";
  const said = servers.length
    ? `${sum("new")} ${sent}, ${sum("already_told")} already told, ${sum("held")} held.${isDry ? " Nothing was changed." : ""}`
    : "No media server can be asked yet: set `url` and `token` (`api_key`) for one.";
  $("caught").replaceChildren(...sentence("p", said).childNodes);
  const rows = [...servers, ...notAsked.map((title) => ({ title, isMute: true }))];
  list($("catch-up").querySelector("ul"), servers.length ? rows : [], (one) => [isDry, one.title],
    (one) => history(one, sent));
}

function history(one, sent) {
  if (one.isMute) {
    return make("li", {}, make("h3", { textContent: one.title }),
      sentence("p", "Not asked, since its `url` or its key (`token` at Plex, else `api_key`) is not set."));
  }
  const figures = `${one.found} found, ${one.new} ${sent}, ${one.already_told} already told, ${one.held} held`;
  return make("li", {},
    make("h3", { textContent: one.title }),
    make("p", { className: "dim" }, ...(one.since ? ["since ", when(one.since), ": "] : []), figures),
    foundPlays(one.new_plays, one.new, sent),
    foundPlays(one.held_plays, one.held, "held"),
    ...one.ignored.map(({ count, reason }) => sentence("p", `${count} ignored: ${reason}`)),
    one.trouble ? make("div", { className: "said" }, sentence("p", `It was not read to its end: ${one.trouble}`)) : "");
}

function foundPlays(plays, number, word) {
  if (!number) return "";
  const more = number - plays.length;
  return make("details", {}, make("summary", { textContent: `${number} ${word}` }),
    make("ul", { className: "steps" },
      ...plays.map((play) => make("li", {}, make("strong", { textContent: play.item }), " ",
        make("span", { className: "dim" }, when(play.at), ` · ${play.user} · ${play.account} · `), sentence("span", play.reason))),
      more ? make("li", { textContent: `… and ${more} more` }) : ""));
}

does($("look-back"), () => catchUp(true));
does($("catch-up-now"), () => catchUp(false));
