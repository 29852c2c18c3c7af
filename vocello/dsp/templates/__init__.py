"""What `vocello dsp new` begins with: an effect and an instrument that sound as they are."""
