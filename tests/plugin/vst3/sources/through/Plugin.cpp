// A test effect: what comes in leaves 37 frames later, which it declares, times a gain for each side; and it goes wrong
// on purpose: it crashes, never returns, takes too long, or leaves what is no number.
#include "DistrhoPlugin.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <unistd.h>

START_NAMESPACE_DISTRHO

class TestThrough : public Plugin {
    enum { kSpare, kLeft, kRight, kTone, kMode, kCrash, kHang, kSlow, kBreak, kParameters };
    static constexpr uint32_t kLatency = 37;

    float values[kParameters] = {0.0f, 1.0f, 1.0f, 1000.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f};
    float line[2][kLatency] = {};
    uint32_t at = 0;

public:
    TestThrough() : Plugin(kParameters, 0, 0) { setLatency(kLatency); }

protected:
    const char* getLabel() const override { return "TestThrough"; }
    const char* getMaker() const override { return "Vocello"; }
    const char* getLicense() const override { return "GPL-3.0-or-later"; }
    uint32_t getVersion() const override { return d_version(1, 0, 0); }
    int64_t getUniqueId() const override { return d_cconst('V', 'T', 't', 'h'); }

    void initParameter(uint32_t index, Parameter& parameter) override {
        static const char* const names[] = {"Spare", "Left",  "Right", "Tone", "Mode",
                                            "Crash", "Hang", "Slow",  "Break"};
        parameter.hints = kParameterIsAutomatable;
        parameter.name = parameter.symbol = names[index];
        parameter.ranges.min = 0.0f;
        parameter.ranges.max = 1.0f;
        parameter.ranges.def = values[index];
        if (index == kLeft || index == kRight) parameter.ranges.max = 4.0f;
        if (index == kTone) {
            parameter.hints |= kParameterIsLogarithmic;
            parameter.unit = "Hz";
            parameter.ranges.min = 20.0f;
            parameter.ranges.max = 20000.0f;
        } else if (index == kMode) {
            parameter.hints |= kParameterIsInteger;
            parameter.ranges.max = 2.0f;
            parameter.enumValues.count = 3;
            parameter.enumValues.restrictedMode = true;
            parameter.enumValues.values = new ParameterEnumerationValue[3]{
                {0.0f, "Soft"}, {1.0f, "Hard"}, {2.0f, "Strange"}};
        } else if (index == kSlow) {
            parameter.unit = "ms";
            parameter.ranges.max = 100.0f;
        }
    }

    float getParameterValue(uint32_t index) const override { return values[index]; }
    void setParameterValue(uint32_t index, float value) override { values[index] = value; }

    void activate() override {
        for (uint32_t n = 0; n < kLatency; ++n) line[0][n] = line[1][n] = 0.0f;
    }

    void run(const float** inputs, float** outputs, uint32_t frames) override {
        if (values[kCrash] > 0.5f) *static_cast<volatile int*>(nullptr) = 1;
        while (values[kHang] > 0.5f) {
            volatile int busy = 0;
            (void)busy;
        }
        if (values[kSlow] > 0.0f) usleep(static_cast<useconds_t>(1000.0f * values[kSlow]));
        for (uint32_t n = 0; n < frames; ++n) {
            for (uint32_t side = 0; side < 2; ++side) {
                const float in = inputs[side][n];
                outputs[side][n] = line[side][at] * values[kLeft + side];
                line[side][at] = in;
                if (values[kBreak] > 0.5f) outputs[side][n] = std::numeric_limits<float>::quiet_NaN();
            }
            at = (at + 1) % kLatency;
        }
    }
};

Plugin* createPlugin() { return new TestThrough(); }

END_NAMESPACE_DISTRHO
