// What the build has to know of the test effect.
#define DISTRHO_PLUGIN_BRAND "Vocello"
#define DISTRHO_PLUGIN_NAME "TestThrough"
#define DISTRHO_PLUGIN_URI "urn:vocello:test-through"
#define DISTRHO_PLUGIN_CLAP_ID "vocello.test-through"
#define DISTRHO_PLUGIN_BRAND_ID Vclo
#define DISTRHO_PLUGIN_UNIQUE_ID VTth
#define DISTRHO_PLUGIN_HAS_UI 0
#define DISTRHO_PLUGIN_IS_RT_SAFE 1
#define DISTRHO_PLUGIN_NUM_INPUTS 2
#define DISTRHO_PLUGIN_NUM_OUTPUTS 2
#define DISTRHO_PLUGIN_WANT_LATENCY 1
