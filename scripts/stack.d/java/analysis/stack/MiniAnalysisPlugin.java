package stack;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.email.UAX29URLEmailTokenizer;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.pattern.PatternCaptureGroupTokenFilter;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.IndexSettings;
import org.elasticsearch.index.analysis.AbstractTokenFilterFactory;
import org.elasticsearch.index.analysis.AbstractTokenizerFactory;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;

/** The three pieces of the unpublished analysis module that the security index names. */
public class MiniAnalysisPlugin extends Plugin implements AnalysisPlugin {
  static class PatternCapture extends AbstractTokenFilterFactory {
    private final Pattern[] patterns;
    private final boolean keepOriginal;

    PatternCapture(IndexSettings index, Environment env, String name, Settings settings) {
      super(name);
      patterns =
          settings.getAsList("patterns").stream().map(Pattern::compile).toArray(Pattern[]::new);
      keepOriginal = settings.getAsBoolean("preserve_original", true);
    }

    @Override
    public TokenStream create(TokenStream input) {
      return new PatternCaptureGroupTokenFilter(input, keepOriginal, patterns);
    }
  }

  static class Unique extends AbstractTokenFilterFactory {
    Unique(IndexSettings index, Environment env, String name, Settings settings) {
      super(name);
    }

    @Override
    public TokenStream create(TokenStream input) {
      return new RemoveDuplicatesTokenFilter(input);
    }
  }

  static class EmailTokenizer extends AbstractTokenizerFactory {
    EmailTokenizer(IndexSettings index, Environment env, String name, Settings settings) {
      super(name);
    }

    @Override
    public Tokenizer create() {
      return new UAX29URLEmailTokenizer();
    }
  }

  @Override
  public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
    return Map.of(
        "pattern_capture", AnalysisPlugin.requiresAnalysisSettings(PatternCapture::new),
        "unique", Unique::new);
  }

  @Override
  public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
    return Map.of("uax_url_email", EmailTokenizer::new);
  }
}
