// A test instrument: sines that begin at their loudest sample, so that the frame of a note can be read off the sound,
// a count of keys that lives in the plugin's own state and in no parameter, and two ways of going wrong on purpose.
#include "DistrhoPlugin.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

START_NAMESPACE_DISTRHO

class TestSine : public Plugin {
    enum { kSpare, kGain, kCrash, kHang, kParameters };  // the first is read as 0 by some hosts, whatever it is
    static constexpr int kVoices = 16;
    static constexpr int kTellCount = 119;  // the controller that asks for the count, as one loud sample

    struct Voice {
        bool sounds = false;
        int key = 0;
        double level = 0.0, phase = 0.0;
    };

    float values[kParameters] = {0.0f, 0.5f, 0.0f, 0.0f};
    Voice voices[kVoices];
    double bend = 0.0, pressure = 0.0, controls[128] = {};
    int keys = 0;
    float tell = 0.0f;

public:
    TestSine() : Plugin(kParameters, 0, 1) {}

protected:
    const char* getLabel() const override { return "TestSine"; }
    const char* getMaker() const override { return "Vocello"; }
    const char* getLicense() const override { return "GPL-3.0-or-later"; }
    uint32_t getVersion() const override { return d_version(1, 0, 0); }
    int64_t getUniqueId() const override { return d_cconst('V', 'T', 's', 'n'); }

    void initParameter(uint32_t index, Parameter& parameter) override {
        static const char* const names[] = {"Spare", "Gain", "Crash", "Hang"};
        parameter.hints = kParameterIsAutomatable;
        parameter.name = parameter.symbol = names[index];
        parameter.ranges.min = 0.0f;
        parameter.ranges.max = 1.0f;
        parameter.ranges.def = index == kGain ? 0.5f : 0.0f;
    }

    void initState(uint32_t, State& state) override {
        state.key = "keys";
        state.defaultValue = "0";
    }

    float getParameterValue(uint32_t index) const override { return values[index]; }
    void setParameterValue(uint32_t index, float value) override { values[index] = value; }
    String getState(const char*) const override { return String(keys); }
    void setState(const char*, const char* value) override {
        keys = std::atoi(value);
        if (keys == 666)  // a state that no plugin survives
            std::abort();
    }

    void activate() override {
        for (Voice& voice : voices) voice = Voice();
    }

    void hear(const uint8_t* data) {
        const int kind = data[0] & 0xF0;
        if (kind == 0x90 && data[2] > 0) {
            ++keys;
            for (Voice& voice : voices)
                if (!voice.sounds) {
                    voice = {true, data[1], data[2] / 127.0, 0.0};
                    break;
                }
        } else if (kind == 0x80 || kind == 0x90) {
            for (Voice& voice : voices)
                if (voice.key == data[1]) voice.sounds = false;
        } else if (kind == 0xE0) {
            bend = ((data[1] | data[2] << 7) - 8192) / 8192.0 * 2.0;
        } else if (kind == 0xD0) {
            pressure = data[1] / 127.0;
        } else if (kind == 0xB0) {
            controls[data[1]] = data[2] / 127.0;
            if (data[1] == kTellCount) tell = keys / 128.0f;
            if (data[1] == 120 || data[1] == 123)
                for (Voice& voice : voices) voice.sounds = false;
        }
    }

    void run(const float**, float** outputs, uint32_t frames, const MidiEvent* events, uint32_t count) override {
        if (values[kCrash] > 0.5f) *static_cast<volatile int*>(nullptr) = 1;
        while (values[kHang] > 0.5f) {
            volatile int busy = 0;
            (void)busy;
        }
        uint32_t next = 0;
        for (uint32_t n = 0; n < frames; ++n) {
            for (; next < count && events[next].frame <= n; ++next)
                hear(events[next].size > MidiEvent::kDataSize ? events[next].dataExt : events[next].data);
            double sum = tell;
            tell = 0.0f;
            for (Voice& voice : voices)
                if (voice.sounds) {
                    const double hz = 440.0 * std::pow(2.0, (voice.key - 69 + bend) / 12.0);
                    sum += voice.level * (1.0 + pressure) * std::cos(2.0 * M_PI * voice.phase);
                    voice.phase += hz / getSampleRate();
                }
            outputs[0][n] = sum * values[kGain];
            outputs[1][n] = sum * values[kGain] * (1.0 - controls[10]);  // pan, so that sides and controls are heard
        }
    }
};

Plugin* createPlugin() { return new TestSine(); }

END_NAMESPACE_DISTRHO
