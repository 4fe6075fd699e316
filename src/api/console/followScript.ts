// The script by which an order's page follows its order. At an event, htmx fetches the part of the page that changes.
// While the stream is open, only every tenth poll of this part is sent: it shows changes that are no new version of the
// order, such as a late worker or a flag. Without a stream all polls are sent. A hidden page has no stream, since
// browsers open only six connections to a host over HTTP/1.1, for all of their tabs.
export const followScript = `
(() => {
  const part = document.querySelector("[data-events]")
  if (part === null) return
  let source
  let latest = 0
  let polls = 0
  const isShown = () => Number(part.querySelector("#now").dataset.version) >= latest
  const follow = () => {
    source?.close()
    if (document.hidden) return
    source = new EventSource(part.dataset.events)
    source.onmessage = ({ lastEventId }) => {
      latest = Number(lastEventId)
      if (!isShown()) htmx.trigger(part, "changed")
    }
  }
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id !== "now") return
    const isFollowed = source?.readyState === EventSource.OPEN && isShown()
    if ((isFollowed || document.hidden) && ++polls % 10 > 0) event.preventDefault()
  })
  document.addEventListener("visibilitychange", follow)
  follow()
})()
`
