-- Ardour without a window, led by lines: `ardour7-lua ardour.lua`, a verb and its words a line, parted by tabs.
-- Every answer is one line that begins with "=>": ok or fail, and what there is to say. All else is Ardour's own talk.
-- Nothing is tried twice: a port that does not connect and a transport that does not roll are failures, and told.

io.stdout:setvbuf("line")
local UI = ARDOUR.TransportRequestSource.TRS_UI
local PATIENCE_S = 20
local TO_FINISH_S = 300 -- of ten minutes of sound Ardour draws the waveforms before it calls them a region
local ON_THE_SPOT = 480000 -- samples that it may have rolled on before anybody looks
local tracks = {}
local verbs = {}

local function nap() ARDOUR.LuaAPI.usleep(20000) end

-- Wait until something is true; an error that says what did not happen, if it does not.
local function wait_until(what, is_true, patience_s)
    local since = ARDOUR.LuaAPI.monotonic_time()
    while not is_true() do
        if ARDOUR.LuaAPI.monotonic_time() - since > (patience_s or PATIENCE_S) * 1e6 then error(what, 0) end
        nap()
    end
end

-- Connect a track's inputs to these ports; nobody else does, since `begin` has told Ardour to leave that to us.
local function patch(track, sources)
    for n, source in ipairs(sources) do
        local port = track:input():nth(n - 1)
        port:connect(source)
        wait_until("'" .. track:name() .. "' does not hear '" .. source .. "'", function()
            return port:connected_to(source)
        end)
    end
end

local function keep(name, list, sources)
    if list:size() ~= 1 then error("no track '" .. name .. "' was made", 0) end
    local track = list:front()
    tracks[name] = track
    patch(track, sources)
    return track:input():nth(0):name()
end

-- The track by its name, also of a session that was loaded.
local function found(name)
    if tracks[name] == nil then
        local route = Session:route_by_name(name)
        if route:isnil() then error("there is no track '" .. name .. "'", 0) end
        tracks[name] = route
    end
    return tracks[name]
end

local function begin()
    if AudioEngine:set_backend("JACK", "ardour", "") == nil then error("JACK is no backend here", 0) end
    local config, manual = ARDOUR.config(), ARDOUR.AutoConnectOption.ManualConnect
    config:set_input_auto_connect(manual)
    config:set_output_auto_connect(manual)
    config:set_auto_connect_standard_busses(false)
end

-- A new session, as a client of the JACK server that this process meets.
function verbs.open(folder, name)
    begin()
    if create_session(folder, name, 48000) == nil then error("no session was made", 0) end
    return Session:name(), string.format("%d", Session:nominal_sample_rate())
end

function verbs.load(folder, name)
    begin()
    if load_session(folder, name) == nil then error("the session does not load", 0) end
    return Session:name()
end

-- name, source…: a track that records MIDI, or only plays it
function verbs.midi_track(name, ...)
    local one = ARDOUR.ChanCount(ARDOUR.DataType("midi"), 1)
    local list = Session:new_midi_track(one, one, true, ARDOUR.PluginInfo(), nil, nil, 1, name,
        ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
    return keep(name, list, { ... })
end

-- name, source…: a track that records sound, a channel a source
function verbs.audio_track(name, ...)
    local list = Session:new_audio_track(select("#", ...), 2, nil, 1, name,
        ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
    return keep(name, list, { ... })
end

function verbs.patch(name, ...) patch(found(name), { ... }) end

-- name, target…: where a track's first output goes
function verbs.send(name, ...)
    local port = found(name):output():nth(0)
    for _, target in ipairs({ ... }) do
        port:connect(target)
        wait_until("'" .. name .. "' does not reach '" .. target .. "'", function() return port:connected_to(target) end)
    end
    return port:name()
end

function verbs.arm(...)
    for _, name in ipairs({ ... }) do
        local track = found(name):to_track()
        track:rec_enable_control():set_value(1, PBD.GroupControlDisposition.NoGroup)
        wait_until("'" .. name .. "' does not get ready to record", function()
            return track:rec_enable_control():get_value() == 1
        end)
    end
    Session:maybe_enable_record(false)
    wait_until("the session does not get ready to record", function()
        return Session:record_status() ~= ARDOUR.Session.RecordState.Disabled
    end)
end

local function wait_until_it_moves()
    wait_until("the transport does not roll", function() return Session:transport_rolling() end)
    local from = Session:transport_sample()
    wait_until("the transport rolls and stays where it is", function() return Session:transport_sample() > from end)
end

function verbs.roll()
    Session:request_roll(UI)
    wait_until_it_moves()
    return string.format("%d", Session:transport_sample())
end

-- Another program leads: wait until it has made the transport roll.
function verbs.await_roll()
    wait_until_it_moves()
    return string.format("%d", Session:transport_sample())
end

-- the tempo of the whole session, in quarters a minute
function verbs.tempo(bpm)
    local map = Temporal.TempoMap.write_copy()
    map:set_tempo(Temporal.Tempo(tonumber(bpm), tonumber(bpm), 4), Temporal.timepos_t(0))
    Temporal.TempoMap.update(map)
end

-- sample: the playhead goes there, and rolls on if it rolled
function verbs.locate(sample)
    local to, ways = tonumber(sample), ARDOUR.LocateTransportDisposition
    local rolls = Session:transport_rolling()
    Session:request_locate(to, false, rolls and ways.MustRoll or ways.MustStop, UI)
    wait_until("the playhead does not go to " .. sample, function()
        local past = Session:transport_sample() - to
        return past == 0 and not rolls or rolls and Session:transport_rolling() and past > 0 and past < ON_THE_SPOT
    end)
end

function verbs.place() return string.format("%d", Session:transport_sample()), tostring(Session:transport_rolling()) end

-- name…: stop, and wait until each of these tracks holds one region more than before
function verbs.stop(...)
    local before = {}
    for _, name in ipairs({ ... }) do before[name] = found(name):to_track():playlist():region_list():size() end
    if Session:transport_rolling() then Session:request_stop(false, false, UI) end
    wait_until("the transport does not stop", function() return not Session:transport_rolling() end)
    for name, count in pairs(before) do
        wait_until("'" .. name .. "' has recorded nothing", function()
            return found(name):to_track():playlist():region_list():size() > count
        end, TO_FINISH_S)
    end
    return string.format("%d", Session:transport_sample())
end

function verbs.save() Session:save_state("", false, false, false, false, false) end

-- name, file: a MIDI track's first region, written by Ardour's own exporter
function verbs.export(name, file)
    for region in found(name):to_track():playlist():region_list():iter() do
        if not region:to_midiregion():do_export(file) then error("'" .. file .. "' was not written", 0) end
        return
    end
    error("'" .. name .. "' holds nothing", 0)
end

function verbs.follow(yes) Session:cfg():set_external_sync(yes == "yes") end

function verbs.close()
    tracks = {}
    collectgarbage()
    close_session()
end

for line in io.lines() do
    local words = {}
    for word in string.gmatch(line, "[^\t]+") do words[#words + 1] = word end
    local answer = table.pack(pcall(verbs[words[1]], table.unpack(words, 2)))
    local told = {}
    for n = 2, answer.n do told[#told + 1] = tostring(answer[n]) end
    io.write("=>\t", answer[1] and "ok" or "fail", "\t", table.concat(told, "\t"), "\n")
    io.stdout:flush()
end
quit()
