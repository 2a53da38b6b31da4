// Connecting an account to a tracker: a code to scan or to type there, until it was.

let login = null;

const titleOf = (name) => status.trackers.find((one) => one.tracker === name)?.title || name;

// Which tracker is meant: the one that has an app, of several the one that is named. Null: none.
function whichTracker(name) {
  const apps = status.trackers.filter((one) => one.app).map((one) => one.tracker);
  if (apps.length < 2) return apps[0];
  const named = prompt(`Connect the account ${name} to which tracker: ${apps.join(" or ")}?`, apps[0]);
  return named === null ? null : named.trim().toLowerCase();
}

async function beginLogin(name, tracker = whichTracker(name)) {
  if (tracker === null) return;
  const code = await ask("login", { account: name, tracker });
  login = { name, tracker: code.tracker, title: titleOf(code.tracker), until: Date.now() + code.expires_in * 1000 };
  const svg = new DOMParser().parseFromString(code.qr, "image/svg+xml").documentElement;
  $("qr").replaceChildren(document.importNode(svg, true));
  $("h-connect").textContent = `Connect ${name} to ${login.title}`;
  $("connect-url").href = code.url;
  $("connect-url").textContent = code.verification_url;
  $("code").textContent = code.user_code;
  $("connect-said").textContent = `Waiting for ${login.title} …`;
  offerCode(true);
  if (!$("connect").open) $("connect").showModal();
  pollLogin(login);
}

// A code that is over is of no use: then a new one is offered in its place.
function offerCode(isGood) {
  $("connect-code").hidden = !isGood;
  $("connect-again").hidden = isGood;
}

async function pollLogin(mine) {
  while (login === mine && $("connect").open) {
    await new Promise((resume) => { setTimeout(resume, 2000); });
    if (login !== mine) return undefined;
    try {
      const state = await ask("login_state", { account: mine.name, tracker: mine.tracker });
      if (!state.pending) {
        $("connect").close(); // the focus goes back to the button
        toast(`Connected${state.user ? ` as ${state.user}` : ""}.`);
        return refresh();
      }
      const minutes = Math.ceil((mine.until - Date.now()) / 60000);
      $("connect-said").textContent = `Waiting for ${mine.title}; the code is valid for ${minutes} min.`;
    } catch (error) {
      $("connect-said").replaceChildren(...sentence("span", error.message).childNodes);
      if (error instanceof NoAnswer) continue;
      offerCode(false);
      if ($("connect").open) $("connect-again").focus();
      return undefined;
    }
  }
  return undefined;
}

// What goes wrong is said in the dialog, which lies over everything else.
async function newCode() {
  try {
    await beginLogin(login.name, login.tracker);
    $("h-connect").focus();
  } catch (error) {
    $("connect-said").replaceChildren(...sentence("span", error.message).childNodes);
  }
}

async function disconnect(name) {
  if (!confirm(`Disconnect the account ${name}? Plays are kept until you connect it again.`)) return;
  await ask("logout", { account: name });
  await refresh();
}
